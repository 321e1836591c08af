"""One file per outside system. No Django."""
