"""One exception per AWS error name; how they travel over HTTP or MQTT is the edges' business."""


class AwsError(Exception):
    """An error that is the caller's to know.

    `code` is AWS's name for it; `members` holds what the error's shape carries beside its message
    (for example `resourceArn`), under the model's own member names.
    """

    def __init__(self, message: str = "", **members: object) -> None:
        super().__init__(message)
        self.message = message
        self.members = members

    @property
    def code(self) -> str:
        return type(self).__name__


class AccessDeniedException(AwsError):
    """The caller may not do this on the control plane."""


class CertificateConflictException(AwsError):
    """The certificate is already known in a way that forbids this registration."""


class CertificateStateException(AwsError):
    """The certificate's state forbids the operation."""


class CertificateValidationException(AwsError):
    """The certificate is not one that can be used."""


class ConflictException(AwsError):
    """A shadow's version, or a client token, conflicts with what is stored."""


class ConflictingResourceUpdateException(AwsError):
    """Another update of the same resource is under way."""


class DeleteConflictException(AwsError):
    """Something still depends on what should be deleted."""


class ForbiddenException(AwsError):
    """The caller may not do this on the data plane."""


class GatewayTimeoutException(AwsError):
    """A device did not answer in time."""


class IndexNotReadyException(AwsError):
    """The fleet index is being built."""


class InternalFailureException(AwsError):
    """A fault of ours."""


class InvalidAggregationException(AwsError):
    """The aggregation does not fit the field."""


class InvalidQueryException(AwsError):
    """The fleet query is malformed."""


class InvalidRequestException(AwsError):
    """The request is not valid."""


class InvalidResponseException(AwsError):
    """A function answered something that cannot be used."""


class InvalidStateTransitionException(AwsError):
    """The state machine has no such transition."""


class LimitExceededException(AwsError):
    """A limit of the account is reached."""


class MalformedPolicyException(AwsError):
    """The policy document is malformed."""


class MethodNotAllowedException(AwsError):
    """The method is not allowed on this resource."""


class NotConfiguredException(AwsError):
    """The feature is not configured."""


class RegistrationCodeValidationException(AwsError):
    """The verification certificate does not carry the registration code."""


class RequestEntityTooLargeException(AwsError):
    """The payload exceeds the maximum size."""


class ResourceAlreadyExistsException(AwsError):
    """A resource of this name exists with another configuration."""


class ResourceNotFoundException(AwsError):
    """No resource has this name."""


class ResourceRegistrationFailureException(AwsError):
    """The resources of a template could not be registered."""


class ServiceQuotaExceededException(AwsError):
    """A service quota is reached."""


class ServiceUnavailableException(AwsError):
    """A part that is needed does not answer."""


class SqlParseException(AwsError):
    """The rule's SQL cannot be parsed."""


class TaskAlreadyExistsException(AwsError):
    """A task of this id exists."""


class TerminalStateException(AwsError):
    """The job execution has ended."""


class ThrottlingException(AwsError):
    """The rate exceeds the limit."""


class TransferAlreadyCompletedException(AwsError):
    """The transfer has been completed."""


class TransferConflictException(AwsError):
    """The certificate cannot be transferred."""


class UnauthorizedException(AwsError):
    """The caller is not authorized."""


class UnsupportedDocumentEncodingException(AwsError):
    """The document is not UTF-8."""


class ValidationException(AwsError):
    """The request fails validation."""


class VersionConflictException(AwsError):
    """The expected version is not the current one."""


class VersionsLimitExceededException(AwsError):
    """The policy has as many versions as it may have."""
