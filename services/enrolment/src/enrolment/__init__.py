"""People, the programme and progress."""
