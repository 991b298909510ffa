"""Readers with a tool of their own: a database of figures, a login for each, proof of its limits."""
