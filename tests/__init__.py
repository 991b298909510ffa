"""Tests of the whole: architecture, contracts, journeys, faults, load, a model."""
