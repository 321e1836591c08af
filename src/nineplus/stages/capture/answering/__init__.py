"""Answers come in by link, code, message and program, and each is kept once."""
