"""Questions, attempts and results."""
