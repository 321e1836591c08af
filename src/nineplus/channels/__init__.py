"""One file per way of asking. No Django."""
