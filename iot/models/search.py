"""The fleet index: the entries of things' and groups' documents, and what has changed since they were made.

Both databases answer all queries from these rows by the same SQL. Texts are compared byte by byte on both, whatever
the database's language is: on PostgreSQL by the pattern operators, which its pattern indexes serve.
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Lookup, Q

from iot.models.scoped import Scoped
from iot.models.things import Thing, ThingGroup


class TermText(models.TextField):  # type: ignore[type-arg]  # Django cannot be subscripted at run time
    """A text with lookups that order it by bytes, and LIKE with a pattern."""


class _Bytewise(Lookup):
    operator: ClassVar[str]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        operator = f"~{self.operator}~" if connection.vendor == "postgresql" else self.operator
        return f"{left} {operator} {right}", (*left_values, *right_values)


@TermText.register_lookup
class BytesAbove(_Bytewise):
    lookup_name = "bytes_gt"
    operator = ">"


@TermText.register_lookup
class BytesFrom(_Bytewise):
    lookup_name = "bytes_gte"
    operator = ">="


@TermText.register_lookup
class BytesBelow(_Bytewise):
    lookup_name = "bytes_lt"
    operator = "<"


@TermText.register_lookup
class BytesTo(_Bytewise):
    lookup_name = "bytes_lte"
    operator = "<="


@TermText.register_lookup
class LikePattern(Lookup):
    lookup_name = "like"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return rf"{left} LIKE {right} ESCAPE '\'", (*left_values, *right_values)


class ThingAttribute(models.Model):
    """An attribute of a thing once more, for ListThings: no index serves all keys of a JSON value on both databases."""

    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="attribute_rows")
    name = TermText()
    value = TermText()

    class Meta:
        indexes = [
            models.Index(
                fields=["name", "value", "thing"],
                name="thing_attributes_by_value",
                opclasses=["text_pattern_ops", "text_pattern_ops", "int8_ops"],
            )
        ]


class Term(models.Model):
    """An entry of a document (`iot.core.search.entries`)."""

    field = TermText()
    text = TermText()
    number = models.FloatField(null=True)
    whole = models.BooleanField(default=True)
    general = models.BooleanField(default=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)

    class Meta:
        abstract = True


class ThingTerm(Term):
    owner = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="terms")

    class Meta:
        indexes = [
            models.Index(
                fields=["field", "text", "owner"],
                name="thing_terms_by_text",
                opclasses=["text_pattern_ops", "text_pattern_ops", "int8_ops"],
            ),
            models.Index(
                fields=["field", "number", "owner"], name="thing_terms_by_number", condition=Q(number__isnull=False)
            ),
            models.Index(
                fields=["text", "owner"],
                name="thing_terms_anywhere",
                opclasses=["text_pattern_ops", "int8_ops"],
                condition=Q(general=True),
            ),
        ]


class ThingGroupTerm(Term):
    owner = models.ForeignKey(ThingGroup, on_delete=models.CASCADE, related_name="terms")

    class Meta:
        indexes = [
            models.Index(
                fields=["field", "text", "owner"],
                name="group_terms_by_text",
                opclasses=["text_pattern_ops", "text_pattern_ops", "int8_ops"],
            ),
        ]


class IndexChange(Scoped):
    """A document that must be made anew: `kind` is thing or group."""

    kind = models.CharField(max_length=8)
    name = models.CharField(max_length=128)

    class Meta:
        indexes = [models.Index(fields=["account", "region", "kind", "id"], name="index_changes_in_order")]


class FleetMetric(Scoped):
    """A query whose aggregate is counted again every `period` seconds."""

    name = models.CharField(max_length=128)
    query_string = models.TextField()
    query_version = models.CharField(max_length=32)
    index_name = models.CharField(max_length=128)
    aggregation_type = models.JSONField()
    aggregation_field = models.TextField()
    period = models.PositiveIntegerField()
    description = models.TextField(blank=True)
    unit = models.CharField(max_length=32, blank=True)
    version = models.PositiveBigIntegerField(default=1)
    measured_at = models.FloatField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "name"], name="one_fleet_metric_per_name")]

    @property
    def arn(self) -> str:
        return self.scope.arn("fleetmetric", self.name)
