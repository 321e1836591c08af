"""A company's own files: read, understand, convert. No Django."""
