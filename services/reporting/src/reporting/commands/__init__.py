"""What can be done to a return."""
