"""What may be asked, what it costs, how a job moves. No I/O, no clock, no randomness."""
