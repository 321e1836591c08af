"""Themes: what customers talk about, what that goes with in points, and how nineplus is told what to look for."""
