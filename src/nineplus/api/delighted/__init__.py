"""The Delighted-compatible API at /v1/: programs written for Delighted's clients change one address and go on.

The official Python, Ruby, PHP and Node clients are the contract (docs/decisions says where we differ): answers are
JSON with 200, 201 or 202, never 204; every error has a JSON body; ids are text; times are Unix seconds.
"""
