"""Govern: people, keys, preferences, dated notes, and events that could not be handled."""
