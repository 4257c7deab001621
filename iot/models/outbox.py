"""Messages that a committed change has yet to publish."""

from django.db import models


class OutboxRow(models.Model):
    """The messages of one transaction, packed; deleted once the broker has acknowledged them all."""

    messages = models.BinaryField()
    created_at = models.FloatField(db_index=True)


class ChangeNotice(models.Model):
    """One announced change of what gateways hold in memory, so that a notice lost on the way is found by polling."""

    account = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    kind = models.CharField(max_length=32)
    name = models.CharField(max_length=255)
    at = models.FloatField(db_index=True)
