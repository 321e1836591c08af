"""Who may be written to, where, and what is forgotten of them."""
