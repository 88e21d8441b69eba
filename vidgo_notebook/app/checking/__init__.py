"""Looks at notebooks without running them: what is in the store, and what a run would buy."""
