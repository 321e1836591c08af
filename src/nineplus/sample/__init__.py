"""The sample company: deterministic, with the truth planted and written down."""
