"""What the app does, in verbs; everything a use case needs arrives as an argument."""
