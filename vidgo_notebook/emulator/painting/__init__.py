"""How the emulator's pictures are painted: colours, strokes, scenes, and what is written over them.

The order alone decides the picture: there is no clock, no global randomness and no font file.
"""
