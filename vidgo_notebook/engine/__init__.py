"""Runs every job from its intent to its picture, on one thread with one asyncio loop."""
