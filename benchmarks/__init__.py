"""Measures the product side by side with its peers: ratios, in one run, on one machine."""
