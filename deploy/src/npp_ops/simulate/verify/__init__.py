"""Comparing what the platform says with the ledger, number by number."""
