"""One process of a service, from its command line to its end."""
