"""What every HTTP surface shares: errors, limits, headers, CORS, metrics and logs."""
