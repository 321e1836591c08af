"""Django's SQLite, with writers that take turns (docs/decisions/0028-writers-take-turns.md)."""
