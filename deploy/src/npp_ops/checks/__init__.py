"""The guards of this repository: `make check` runs them all, each in its own module."""
