"""The HTTP side: problem documents, limits, who may call, and one thing a key."""
