"""Speaks the vendor's HTTP. One request per call; who may try again, and when, is the engine's business."""
