"""Digests in the form that each kind of channel takes."""
