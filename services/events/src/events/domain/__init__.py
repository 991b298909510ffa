"""The rules of sessions and places: pure decisions, from facts to events or refusals."""
