"""Channels: Teams, mail and webhooks; each sends once, and tells what became of it."""
