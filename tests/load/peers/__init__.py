"""Other libraries on the same load, set up as their own documents advise for throughput."""
