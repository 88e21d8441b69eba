"""What a notebook's outputs show of jobs, batches and lineages."""
