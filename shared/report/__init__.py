"""What is said of a whole fleet: summary, unlock analysis, findings of the tenant."""
