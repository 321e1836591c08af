"""What a timeline is made of: one file a source, each with one `Source` at module level.

To add one, copy money.py: a function that gives the newest entries below a place, and the value that names it.
"""
