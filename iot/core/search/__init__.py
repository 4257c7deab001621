"""The fleet index query language."""
