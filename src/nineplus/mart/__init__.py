"""What analyses read: the star, its snapshots and its engines."""
