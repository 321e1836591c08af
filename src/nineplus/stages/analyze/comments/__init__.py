"""What comments say: read as they arrive, by themes that people can change, and corrected by people."""
