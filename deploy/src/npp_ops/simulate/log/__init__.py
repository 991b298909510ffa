"""What the figures must be, worked out from the events as they lie on Kafka, all at once."""

# Written from what the definitions say, not from how reporting keeps its tables: no projection,
# no batch, no SQL. The ledger beside it knows what was planned; this knows what was recorded, so it
# also tells days, cohorts, ages, and what stood at a moment that is past.
