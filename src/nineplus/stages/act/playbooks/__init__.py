"""Playbooks: kept, taken up on cases step by step, and measured."""
