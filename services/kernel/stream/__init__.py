"""What is heard and said: the bus, and listeners that lose nothing; Kafka, and both in memory."""
