"""Every instrument of the spine: what operators see of outbox, bus, consumers and pools."""

from services.kit.telemetry import counter, gauge, histogram

OUTBOX_PUBLISHED = counter("spine.outbox.published", "1", "Facts published, by service and topic.")
OUTBOX_PUBLISH_DELAY = histogram("spine.outbox.publish.delay", "s", "From the fact's instant to its publication.")
OUTBOX_DEPTH = gauge("spine.outbox.depth", "1", "Facts that wait in the outbox, counted up to 100,000.")
OUTBOX_AGE = gauge("spine.outbox.age", "s", "Age of the oldest fact in the outbox.")
CONSUMER_EVENTS = counter("spine.consumer.events", "1", "Events handled, by service, type and outcome.")
CONSUMER_BATCH_DURATION = histogram("spine.consumer.batch.duration", "s", "Time to handle one batch of a type.")
CONSUMER_DELAY = histogram("spine.consumer.delay", "s", "From the oldest fact's instant in a batch to its effect.")
CONSUMER_LAG = gauge("spine.consumer.lag", "1", "Records of a partition not yet handled by the service's group.")
DEAD_LETTERS = counter("spine.dead_letters", "1", "Events set aside because they cannot be handled.")
POOL_IN_USE = gauge("db.pool.in_use", "1", "Connections handed out by the service's pool.")
POOL_SIZE = gauge("db.pool.size", "1", "Most connections of the service's pool.")
