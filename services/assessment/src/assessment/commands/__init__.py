"""What can be asked of assessment: load, decide, record, in one transaction each."""
