"""Jobs, their templates, and each thing's executions."""

from django.db import models

from iot.models.scoped import Scoped


class JobTemplate(Scoped):
    """What a job may be made from; `settings` holds the configuration members of CreateJobTemplate as given."""

    template_id = models.CharField(max_length=64)
    description = models.TextField(blank=True)
    document = models.TextField()
    document_source = models.TextField(blank=True)
    settings = models.JSONField(default=dict)
    created_at = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "region", "template_id"], name="one_job_template_per_id")
        ]

    @property
    def arn(self) -> str:
        return self.scope.arn("jobtemplate", self.template_id)


class Job(Scoped):
    """A job; `settings` holds the configuration members of CreateJob as given (rollout, abort, timeout, retry, …).

    Times are epoch seconds. `rolled_at` and `rollout_carry` are where the rollout stands between two ticks.
    """

    job_id = models.CharField(max_length=64)
    targets = models.JSONField()
    selection = models.CharField(max_length=16)
    status = models.CharField(max_length=24)
    description = models.TextField(blank=True)
    document = models.TextField()
    document_source = models.TextField(blank=True)
    template_arn = models.CharField(max_length=2048, blank=True)
    settings = models.JSONField(default=dict)
    reason_code = models.CharField(max_length=128, blank=True)
    comment = models.TextField(blank=True)
    force_canceled = models.BooleanField(default=False)
    created_at = models.FloatField()
    updated_at = models.FloatField()
    completed_at = models.FloatField(null=True)
    rolled_at = models.FloatField(null=True)
    rollout_carry = models.FloatField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "job_id"], name="one_job_per_id")]
        indexes = [models.Index(fields=["account", "region", "status", "id"], name="jobs_by_status")]

    @property
    def arn(self) -> str:
        return self.scope.arn("job", self.job_id)


class JobExecution(models.Model):
    """A thing's share in a job. `rolled_out` is false while the rollout has not handed it out yet."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="executions")
    account = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    thing_name = models.CharField(max_length=128)
    number = models.PositiveBigIntegerField(default=1)
    retries = models.JSONField(default=dict)
    status = models.CharField(max_length=16)
    details = models.JSONField(default=dict)
    queued_at = models.FloatField(default=0)
    started_at = models.FloatField(null=True)
    updated_at = models.FloatField(default=0)
    version = models.PositiveBigIntegerField(default=1)
    in_progress_until = models.FloatField(null=True)
    step_until = models.FloatField(null=True)
    deadline = models.FloatField(null=True)
    force_canceled = models.BooleanField(default=False)
    rolled_out = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "thing_name", "number"], name="one_execution_per_thing_and_number")
        ]
        indexes = [
            models.Index(
                fields=["account", "region", "thing_name", "status", "queued_at"], name="executions_of_a_thing"
            ),
            models.Index(
                fields=["deadline"], condition=models.Q(deadline__isnull=False), name="executions_with_a_timer"
            ),
        ]
