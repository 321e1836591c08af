"""The programmatic interface over HTTP."""
