"""What a portfolio may become and who may decide it: pure decisions, facts out or a refusal."""
