"""The field's own ideas, as pure values and functions."""
