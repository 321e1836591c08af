"""What is asked in a channel, and the digests that come there by themselves."""
