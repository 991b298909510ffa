"""What is sent as files and batches, with the faults that real ones have."""
