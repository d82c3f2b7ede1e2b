"""Laws 1 and 2: an aggregate and its events are one write, and the events leave after it."""
