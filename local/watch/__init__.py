"""Watching transitions as they come in."""
