"""What was asked and answered, read again: lists, one answer, funnel, goals, experiments."""
