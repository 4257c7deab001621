"""Keeps the parts of an installation running as child processes."""
