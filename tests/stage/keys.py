"""The key that tests use; a test that finds it anywhere but in one header has found a leak."""

KEY = "sk-secret/42-of-tests"
