"""What each hot path would cost at the least: no framework, no guarantees, by hand."""
