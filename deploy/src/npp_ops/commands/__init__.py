"""One module per group of commands; each has `register(app)`, which `npp_ops.cli` calls."""
