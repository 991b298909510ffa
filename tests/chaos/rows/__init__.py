"""The rows of the table, one module each, in the order of their numbers: each has a `ROW`."""
