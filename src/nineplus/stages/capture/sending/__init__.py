"""What was planned becomes messages, goes through a sender, and what became of it comes back."""
