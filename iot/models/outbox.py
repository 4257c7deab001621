"""Messages that a committed change has yet to publish."""

from django.db import models


class OutboxRow(models.Model):
    """The messages of one transaction, packed; deleted once the broker has acknowledged them all."""

    messages = models.BinaryField()
    created_at = models.FloatField(db_index=True)
