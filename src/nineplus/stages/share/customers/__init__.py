"""Customers: every account and contact, how they stand, and all that happened with them on one timeline."""
