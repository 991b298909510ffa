"""What must be true in the end, counted from the plan alone and from no answer of any service."""
