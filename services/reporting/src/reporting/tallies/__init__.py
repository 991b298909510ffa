"""Tallies: what figures count, kept counted while the read models change."""
