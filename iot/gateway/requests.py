"""A request of an authenticated caller over HTTPS, and the demand that its policies allow what it asks for."""

from collections.abc import Mapping
from dataclasses import dataclass

from iot.gateway.authorize import Authority, Refused
from iot.gateway.principals import Principal
from iot.gateway.shared import Shared


class Forbidden(Exception):
    """A policy forbids it."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.why.value)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Call:
    """A request of an authenticated caller; header names are in lower case."""

    shared: Shared
    principal: Principal
    authority: Authority
    address: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def demand(self, action: str, kind: str, name: str, authority: Authority | None = None) -> None:
        """Demand that the policies allow an action, perhaps to another authority of the caller. Raises Forbidden."""
        refused = (authority or self.authority).may(action, kind, name, self.shared.scope)
        if refused is not None:
            raise Forbidden(refused)
