"""Speaks the service's HTTP. One request per call; the engine decides what is tried again, and when."""
