"""Payouts: from a verified winner to the confirmed mail."""
