"""TLS from a key store and a trust store as Kafka's clients have them: PKCS #12 in base64, or PEM."""

import base64
import binascii
import os
import secrets
import ssl
import tempfile
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, pkcs12
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12KeyAndCertificates

from iot.rules.action import ActionError

JKS = b"\xfe\xed\xfe\xed"


def client_context(
    *, trust_store: str = "", trust_password: str = "", key_store: str = "", key_password: str = ""
) -> ssl.SSLContext:
    """Answer a context for a client; without a trust store the system's authorities count. Raises ActionError."""
    context = ssl.create_default_context(cadata=_authorities(trust_store, trust_password) if trust_store else None)
    if key_store:
        _load_key(context, key_store, key_password)
    return context


def _authorities(store: str, password: str) -> str:
    if "-----BEGIN" in store:
        return store
    found = _opened(store, password, "trust store")
    certificates = [one.certificate for one in (found.cert, *found.additional_certs) if one is not None]
    if not certificates:
        raise ActionError("The trust store has no certificate")
    return _pem(certificates)


def _load_key(context: ssl.SSLContext, store: str, password: str) -> None:
    if "-----BEGIN" in store:
        _load_chain(context, store, password)
        return
    found = _opened(store, password, "key store")
    if found.key is None or found.cert is None:
        raise ActionError("The key store has no key with a certificate")
    # The file is there only while OpenSSL reads it, and its key is sealed even then.
    once = secrets.token_urlsafe(24)
    key = found.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(once.encode()))
    chain = _pem([found.cert.certificate, *(one.certificate for one in found.additional_certs)])
    _load_chain(context, key.decode() + chain, once)


def _load_chain(context: ssl.SSLContext, pem: str, password: str) -> None:
    descriptor, path = tempfile.mkstemp()
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(pem)
        # Without a password OpenSSL would ask at the terminal.
        context.load_cert_chain(path, password=password)
    except (OSError, ValueError) as error:
        raise ActionError(f"The key store cannot be used: {error}") from None
    finally:
        os.unlink(path)


def _opened(store: str, password: str, what: str) -> PKCS12KeyAndCertificates:
    try:
        content = base64.b64decode(store, validate=True)
    except binascii.Error:
        raise ActionError(f"The {what} is neither base64 nor PEM") from None
    if content.startswith(JKS):
        raise ActionError(f"The {what} is a JKS: write it as PKCS #12 (keytool -importkeystore -deststoretype pkcs12)")
    try:
        return pkcs12.load_pkcs12(content, password.encode() if password else None)
    except (TypeError, ValueError) as error:
        raise ActionError(f"The {what} cannot be opened: {error}") from None


def _pem(certificates: Sequence[x509.Certificate]) -> str:
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates).decode()
