"""`python -m local notify`: tries a channel, and shows what people would be sent."""
