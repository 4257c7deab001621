"""AWS Signature Version 4, as a server checks it: in the header and presigned, for any of our service names.

The signature is made anew from the request and compared in constant time. A key that does not exist costs the same as
one that does. Source: "Authenticating Requests (AWS Signature Version 4)".
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import parse_qsl, quote

from iot.core import errors

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = timedelta(minutes=5)
MAXIMUM_EXPIRY = 604_800
UNSIGNED = "UNSIGNED-PAYLOAD"
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", re.ASCII)
_UNKNOWN_SECRET = "an access key that does not exist"


class SignatureError(errors.AwsError):
    """A signature that is not accepted; `code` is AWS's name of the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self._code = code

    @property
    def code(self) -> str:
        return self._code


@dataclass(frozen=True, slots=True)
class Signed:
    """The parts of a signed request: whose key, for which region and service, and what was signed."""

    access_key_id: str
    date: str
    region: str
    service: str
    stamp: str
    moment: datetime
    headers: tuple[str, ...]
    signature: str
    presigned: bool
    expires: int


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: the raw path and query, headers in lower case, and the SHA-256 of its body in hex."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body_digest: str


def session_token(request: Request) -> str:
    """Answer the session token that came with a request, empty where none did."""
    query = dict(parse_qsl(request.query)) if "X-Amz-Security-Token" in request.query else {}
    return request.headers.get("x-amz-security-token") or query.get("X-Amz-Security-Token", "")


def read(request: Request) -> Signed:
    """Read who has signed. Raises SignatureError (MissingAuthenticationToken, IncompleteSignature)."""
    header = request.headers.get("authorization", "")
    if header.startswith(ALGORITHM):
        return _from_header(header, request)
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    if query.get("X-Amz-Algorithm") == ALGORITHM:
        return _from_query(query)
    raise SignatureError("MissingAuthenticationTokenException", "Missing Authentication Token")


def check(request: Request, signed: Signed, secret: str | None, now: datetime, *, double_encode: bool = True) -> None:
    """Demand that a request was signed with a secret, now. Raises SignatureError; a secret of None never fits."""
    _check_time(signed, now)
    expected = _signature(request, signed, secret or _UNKNOWN_SECRET, double_encode=double_encode)
    if not hmac.compare_digest(expected, signed.signature) or secret is None:
        code = "UnrecognizedClientException" if secret is None else "InvalidSignatureException"
        message = (
            "The security token included in the request is invalid."
            if secret is None
            else "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details."
        )
        raise SignatureError(code, message)


def _from_header(header: str, request: Request) -> Signed:
    parts = {}
    for part in header[len(ALGORITHM) :].split(","):
        name, _, value = part.strip().partition("=")
        parts[name] = value
    missing = [name for name in ("Credential", "SignedHeaders", "Signature") if not parts.get(name)]
    stamp = request.headers.get("x-amz-date") or ""
    if missing or not stamp:
        what = ", ".join(missing) or "X-Amz-Date"
        raise SignatureError("IncompleteSignatureException", f"Authorization header requires {what}")
    return _signed(parts["Credential"], stamp, parts["SignedHeaders"], parts["Signature"], presigned=False, expires=0)


def _from_query(query: Mapping[str, str]) -> Signed:
    try:
        expires = int(query.get("X-Amz-Expires", MAXIMUM_EXPIRY))
        return _signed(
            query["X-Amz-Credential"],
            query["X-Amz-Date"],
            query["X-Amz-SignedHeaders"],
            query["X-Amz-Signature"],
            presigned=True,
            expires=min(expires, MAXIMUM_EXPIRY),
        )
    except KeyError as error:
        raise SignatureError("IncompleteSignatureException", f"The query requires {error.args[0]}") from None
    except ValueError:
        raise SignatureError("IncompleteSignatureException", "X-Amz-Expires must be a number") from None


def _signed(credential: str, stamp: str, headers: str, signature: str, *, presigned: bool, expires: int) -> Signed:
    parts = credential.split("/")
    if len(parts) < 5 or parts[-1] != "aws4_request":
        raise SignatureError("IncompleteSignatureException", f"Credential must have five parts: {credential}")
    moment = _moment(stamp)
    names = tuple(name.lower() for name in headers.split(";"))
    if "host" not in names:
        raise SignatureError("InvalidSignatureException", "The header host must be signed")
    key_id, (date, region, service) = "/".join(parts[:-4]), parts[-4:-1]
    if not stamp.startswith(date):
        raise SignatureError("InvalidSignatureException", "Date in Credential scope does not match the request's date")
    return Signed(key_id, date, region, service, stamp, moment, names, signature, presigned, expires)


@lru_cache(maxsize=256)
def _moment(stamp: str) -> datetime:
    match = _STAMP.fullmatch(stamp)
    try:
        if match is None:
            raise ValueError(stamp)
        year, month, day, hour, minute, second = map(int, match.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise SignatureError("IncompleteSignatureException", f"Date must be in ISO 8601 basic form: {stamp}") from None


def _check_time(signed: Signed, now: datetime) -> None:
    if signed.presigned:
        if now > signed.moment + timedelta(seconds=signed.expires):
            raise SignatureError("InvalidSignatureException", "Signature expired: the presigned URL is too old")
        if signed.moment > now + SKEW:
            raise SignatureError("InvalidSignatureException", "Signature not yet current")
        return
    if abs(now - signed.moment) > SKEW:
        early = signed.moment > now
        raise SignatureError(
            "InvalidSignatureException",
            f"Signature {'not yet current' if early else 'expired'}: {signed.moment:%Y%m%dT%H%M%SZ} is more than "
            f"{SKEW.seconds // 60} minutes {'later' if early else 'earlier'} than {now:%Y%m%dT%H%M%SZ}",
        )


def _signature(request: Request, signed: Signed, secret: str, *, double_encode: bool) -> str:
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in signed.headers)
    path = quote(_normalized(request.path).encode("latin-1"), safe="/~") if double_encode else request.path
    payload = request.headers.get("x-amz-content-sha256") or request.body_digest
    if payload not in (UNSIGNED, request.body_digest):
        raise SignatureError("InvalidSignatureException", "The body does not match x-amz-content-sha256")
    canonical = "\n".join(
        (
            request.method,
            path or "/",
            _canonical_query(request.query, signed.service),
            headers,
            ";".join(signed.headers),
            payload,
        )
    )
    scope = f"{signed.date}/{signed.region}/{signed.service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"{ALGORITHM}\n{signed.stamp}\n{scope}\n{digest}"
    key = _signing_key(secret, signed.date, signed.region, signed.service)
    return hmac.digest(key, text.encode(), "sha256").hex()


def _normalized(path: str) -> str:
    """Take dot segments and doubled slashes out of a path, as every service but S3 does before it signs."""
    if "//" not in path and "/." not in path:
        return path
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/" + "/".join(kept) + ("/" if kept and path.endswith("/") else "")


def _canonical_query(query: str, service: str) -> str:
    left_out = {"X-Amz-Signature"}
    if service == "iotdevicegateway":
        # A client of MQTT over WebSocket adds the session token after it has signed.
        left_out.add("X-Amz-Security-Token")
    pairs = [
        (quote(key, safe="-_.~"), quote(value, safe="-_.~"))
        for key, value in parse_qsl(query, keep_blank_values=True)
        if key not in left_out
    ]
    return "&".join(f"{key}={value}" for key, value in sorted(pairs))


@lru_cache(maxsize=1024)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
