"""A ``%%vidgo`` cell: from its text to jobs, and how long it waits for them."""
