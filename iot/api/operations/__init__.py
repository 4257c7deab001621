"""One small function per operation, one module per resource."""
