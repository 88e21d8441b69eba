"""Values to HTML, text and pictures. Knows no shell and no widgets."""
