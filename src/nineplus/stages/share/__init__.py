"""Share: what is known here is told to other systems."""
