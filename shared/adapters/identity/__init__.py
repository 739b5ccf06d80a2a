"""Credentials for Graph and storage."""
