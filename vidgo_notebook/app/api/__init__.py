"""The functions of ``import vidgo_notebook as vidgo``, by what they are about."""
