"""Calls of the public functions, for type checkers."""
