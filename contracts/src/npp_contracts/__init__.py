"""What the services tell each other: events, envelope and topics."""
