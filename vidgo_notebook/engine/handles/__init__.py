"""What a user holds: a job, its result, a batch, its contact sheet and table."""
