"""One module per rule action, registered by its AWS name."""
