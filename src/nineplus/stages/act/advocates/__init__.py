"""Advocates: who would speak for us, what they did, what it was worth. Asked once, rewarded fairly, free to leave."""
