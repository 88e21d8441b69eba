"""How the emulator's pictures are painted: colours, strokes, scenes, and what is written over them.

A picture depends on its specification alone: no clock, no global random numbers, no font file.
"""
