"""What is asked for: from what a user wrote to requests that the rules accept."""
