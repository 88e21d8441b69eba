"""Keeps promises: one thread with one loop carries every job from its intent to its picture."""
