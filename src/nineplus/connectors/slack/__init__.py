"""Slack: messages in its form, its calls checked, its API called. Knows nothing of the store."""
