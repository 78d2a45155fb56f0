"""The bridge's window for the operator. The only place that knows Qt."""
