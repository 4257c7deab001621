"""Device shadow documents and the messages that tell of their changes."""
