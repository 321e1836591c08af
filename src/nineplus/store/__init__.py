"""The Django app: the truth, in rows with constraints."""
