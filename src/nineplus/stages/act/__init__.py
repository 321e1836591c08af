"""Act: what is owed to whoever answered, done and shown to be done."""
