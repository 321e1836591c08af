"""The public functions of the loop: read, decide, write."""
