"""Outside systems kept in step: connections, reading their streams, and writing back."""
