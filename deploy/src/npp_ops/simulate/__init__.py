"""The demo's nation: planned from a seed, loaded over HTTP, checked against its own ledger."""
