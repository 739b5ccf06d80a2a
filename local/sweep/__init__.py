"""`python -m local sweep`: one nightly sweep on one machine, end to end."""
