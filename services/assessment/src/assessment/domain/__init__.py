"""The rules of sitting an assessment: pure decisions over blueprints and attempts."""
