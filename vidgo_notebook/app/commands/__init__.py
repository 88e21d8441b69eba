"""The commands of ``%vidgo`` and of ``vidgo`` in a shell, each declared once; their values show themselves."""
