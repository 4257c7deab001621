"""Copies a fleet from one endpoint that speaks AWS's API to another: what is there, what must be done, doing it."""
