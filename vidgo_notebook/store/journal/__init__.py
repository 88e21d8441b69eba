"""Jobs, charges, leases and named batches, in SQLite or PostgreSQL."""
