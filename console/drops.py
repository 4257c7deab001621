"""Why a message went no further or a client was turned away, in words: the reasons that gateways write down."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

# By how a reason begins, and for some by the action; the first that fits is the answer.
EXPLANATIONS: tuple[tuple[str, str, str | Promise], ...] = (
    ("", "A statement denies it", gettext_lazy("A statement of its policies says Deny, which wins over every Allow.")),
    ("", "No statement allows it", gettext_lazy("What no statement of its policies allows is forbidden.")),
    (
        "",
        "The topic is reserved",
        gettext_lazy("Topics that begin with $ are for what AWS documents; a device may use no other."),
    ),
    (
        "iot:Publish",
        "Quota exceeded",
        gettext_lazy("It published faster than its limit: the message was dropped, the connection went on."),
    ),
    (
        "iot:Subscribe",
        "Quota exceeded",
        gettext_lazy("The filter is too long, or there are too many: in one request, or on the connection."),
    ),
    ("", "Topic name invalid", gettext_lazy("The topic is reserved, too long, or has more levels than are allowed.")),
    (
        "",
        "Topic filter invalid",
        gettext_lazy("The filter is reserved, too long, or has more levels than are allowed."),
    ),
    ("", "Not authorized", gettext_lazy("Nobody may do this, whatever the policies say.")),
    (
        "",
        "Packet identifier in use",
        gettext_lazy("The device asked twice under one number before it had the first answer."),
    ),
    (
        "",
        "The client id is not one",
        gettext_lazy("A client id has at most 128 bytes, all of them printable, and does not begin with $."),
    ),
    (
        "",
        "The client id connects too often",
        gettext_lazy("It connected faster than its limit; perhaps two devices with the same id displace each other."),
    ),
    (
        "",
        "The address connects too often",
        gettext_lazy("Connections from this address came faster than the limit; they ended before TLS."),
    ),
    (
        "",
        "The address has too many",
        gettext_lazy("Too many connections of this address were open without a finished handshake."),
    ),
    ("", "This gateway has as many", gettext_lazy("The gateway was full.")),
    (
        "",
        "The device showed no certificate",
        gettext_lazy("This port lets in who shows a certificate that is registered and active."),
    ),
    (
        "",
        "The certificate",
        gettext_lazy("The certificate must be registered, active and within its dates to connect."),
    ),
    ("", "Custom authorizer", gettext_lazy("The custom authorizer could not be asked, or was not asked rightly.")),
    ("", "The authorizer", gettext_lazy("The custom authorizer was asked, and turned the client away.")),
    ("", "The signature", gettext_lazy("The signature was made for another service, region or account.")),
)
OTHER = gettext_lazy("The request did not get past its sign-in; the reason is as the gateway gave it.")


def explain(action: str, reason: str) -> str | Promise:
    """Say what a reason means, for an action."""
    for wanted, beginning, words in EXPLANATIONS:
        if wanted in ("", action) and reason.startswith(beginning):
            return words
    return OTHER
