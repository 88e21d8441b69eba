"""How the emulator's pictures are painted: colours, strokes, scenes, and what is written over them.

Everything follows from the order alone: no clock, no global randomness, no font file.
"""
