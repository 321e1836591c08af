"""Who is asked, when and why not; and the asking itself."""
