"""Tokens, seals, data keys, and the files that keys are read from."""
