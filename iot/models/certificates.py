"""Device certificates, the authorities that signed them, and registration codes."""

from django.db import models

from iot.models.scoped import Scoped


class CertificateStatus(models.TextChoices):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    REVOKED = "REVOKED"
    PENDING_TRANSFER = "PENDING_TRANSFER"
    REGISTER_INACTIVE = "REGISTER_INACTIVE"
    PENDING_ACTIVATION = "PENDING_ACTIVATION"


class CaCertificate(Scoped):
    certificate_id = models.CharField(max_length=64)
    pem = models.TextField()
    status = models.CharField(max_length=24, default=CertificateStatus.INACTIVE)
    mode = models.CharField(max_length=16, default="DEFAULT")
    auto_registration = models.BooleanField(default=False)
    registration_config = models.JSONField(default=dict)
    subject_key = models.CharField(max_length=64, db_index=True)
    version = models.PositiveBigIntegerField(default=1)
    generation_id = models.CharField(max_length=64, blank=True)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "certificate_id"], name="one_ca_per_id")]

    @property
    def arn(self) -> str:
        return self.scope.arn("cacert", self.certificate_id)


class Certificate(Scoped):
    """A device certificate; `certificate_id` is the SHA-256 of its DER in hex. Private keys are never stored."""

    certificate_id = models.CharField(max_length=64)
    pem = models.TextField()
    status = models.CharField(max_length=24, choices=CertificateStatus, default=CertificateStatus.INACTIVE)
    mode = models.CharField(max_length=16, default="DEFAULT")
    ca_certificate_id = models.CharField(max_length=64, blank=True)
    subject = models.TextField(blank=True)
    version = models.PositiveBigIntegerField(default=1)
    generation_id = models.CharField(max_length=64, blank=True)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "region", "certificate_id"], name="one_certificate_per_id")
        ]
        indexes = [models.Index(fields=["account", "region", "id"], name="certificates_in_order")]

    @property
    def arn(self) -> str:
        return self.scope.arn("cert", self.certificate_id)


class RegistrationCode(Scoped):
    code = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region"], name="one_registration_code")]
