"""What is kept: the documents contract, in MongoDB and in memory, and leases."""
