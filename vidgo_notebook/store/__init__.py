"""Remembers: pictures and their records in a folder, jobs and charges in a journal."""
