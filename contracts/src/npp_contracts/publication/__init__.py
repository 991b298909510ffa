"""What is generated from the catalogue, and the gate that a change of a contract must pass."""
