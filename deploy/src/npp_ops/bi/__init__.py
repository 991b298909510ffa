"""Readers with a tool of their own: a database of figures, logins, proof of their limits."""
