"""Slack and Teams: colleagues are told in their channels and act from there."""
