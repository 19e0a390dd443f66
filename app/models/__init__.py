"""Measuring chat models: what one on a server can really do, and what it is given for that."""
