"""What the app is, apart from its triggers."""
