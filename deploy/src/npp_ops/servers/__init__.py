"""The real servers that the stack and the tests run on: Apache Kafka and PostgreSQL."""
