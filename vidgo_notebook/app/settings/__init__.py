"""The settings and their defaults."""
