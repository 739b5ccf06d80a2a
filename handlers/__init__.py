"""One trigger a file; each turns it into one use-case call and decides nothing."""
