"""Tells which failures of httpx leave no doubt that nothing was sent."""

import httpx

UNSENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""After any other failure the request may have arrived, and may have been acted upon."""
