"""What the cloud does: sync functions over the ORM, the only writers."""
