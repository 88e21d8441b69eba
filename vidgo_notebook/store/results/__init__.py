"""Records, pictures and previews, in a folder or at any URL that fsspec supports."""
