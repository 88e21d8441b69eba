"""Batches that have a name, and batches on a cluster."""
