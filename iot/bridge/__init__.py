"""Our side of the broker."""
