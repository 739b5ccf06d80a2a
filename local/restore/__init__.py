"""The restore setting from the command line: what people ask of the app's HTTP API."""
