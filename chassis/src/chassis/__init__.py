"""Everything that is not business: outbox, relay, consumer, HTTP, auth, telemetry."""
