"""Sending the plan to a running stack, as the systems of forces and the nation would."""
