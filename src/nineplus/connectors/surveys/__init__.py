"""Exports of other survey tools, one file each: how one is known, what its columns mean, which rows are no answers.

No tool promises its columns, so each file is generous with names and says what it knows and no more
(connectors/files/vendors.py says how that is used).
"""
