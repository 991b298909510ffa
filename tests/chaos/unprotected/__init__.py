"""Rows played once more with the protection that they try taken away: each of them must fail."""

# `python -m tests.chaos.unprotected` plays them. What is taken away is a function in `relaying`,
# `consuming` or `serving` that replaces a part of the chassis inside the arena's service
# processes, and nowhere else: Python imports `hook/sitecustomize.py` before it starts them.
