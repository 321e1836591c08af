"""Pages: HTTP in, one stage call, template out."""
