"""Microsoft Graph, read as raw bytes through the SDK's authenticated transport."""
