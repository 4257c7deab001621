"""What every row of the cloud has: the account and region it belongs to."""

from django.db import models

from iot.core.arn import Scope


class Scoped(models.Model):
    """A row of an account in a region; every unique key of a subclass begins with these two."""

    account = models.CharField(max_length=12)
    region = models.CharField(max_length=32)

    class Meta:
        abstract = True

    @property
    def scope(self) -> Scope:
        return Scope(self.account, self.region)
