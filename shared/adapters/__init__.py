"""The only place that imports an SDK."""
