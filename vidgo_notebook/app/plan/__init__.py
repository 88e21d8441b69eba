"""What there is already, and what the rest would cost."""
