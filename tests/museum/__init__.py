"""What releases leave in the hands of their users, a folder for each, opened with the code of the day."""
