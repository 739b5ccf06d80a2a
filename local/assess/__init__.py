"""The assess command: judges the devices of a file, without a tenant."""
