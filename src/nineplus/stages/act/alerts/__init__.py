"""Alerts: colleagues are told what cannot wait until they look. Each kind is a file in kinds/."""
