"""Everything that stands in for Azure on one machine."""
