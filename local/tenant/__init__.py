"""A simulated Microsoft Graph tenant with Graph's real quirks and faults."""
