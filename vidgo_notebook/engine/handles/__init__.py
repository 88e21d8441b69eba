"""What users work with: a job, its result, a batch, its contact sheet and table."""
