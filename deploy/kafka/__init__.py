"""Apache Kafka for tests and for machines without Docker: one broker from its own jars."""
