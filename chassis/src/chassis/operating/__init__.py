"""What an operator may do to a running service; every change is kept with its actor and reason."""
