"""Where everything is wired together. Knows no notebook, so scripts and workers use it too."""
