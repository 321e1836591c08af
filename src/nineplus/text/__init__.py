"""Pure reading of comments."""
