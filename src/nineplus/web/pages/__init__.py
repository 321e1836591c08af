"""One module per page: HTTP in, one stage call, template out."""
