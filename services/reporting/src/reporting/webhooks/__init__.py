"""Webhooks: a force's feed brought to the force's own addresses, in order and signed."""
