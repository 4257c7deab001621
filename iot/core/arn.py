"""Amazon Resource Names, and the scope (account and region) that every resource lives in."""

from dataclasses import dataclass

PARTITION = "aws"


@dataclass(frozen=True, slots=True)
class Scope:
    """An account in a region: what every row, every service call and every ARN is bound to."""

    account: str
    region: str

    def arn(self, kind: str, name: str, *, service: str = "iot") -> str:
        """Name a resource: `scope.arn("thing", "t1")` is `arn:aws:iot:REGION:ACCOUNT:thing/t1`."""
        return f"arn:{PARTITION}:{service}:{self.region}:{self.account}:{kind}/{name}"


@dataclass(frozen=True, slots=True)
class Arn:
    """The parts of an ARN; `kind` and `name` are empty where the resource part has no slash."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @property
    def scope(self) -> Scope:
        return Scope(self.account, self.region)

    @property
    def kind(self) -> str:
        return self.resource.partition("/")[0] if "/" in self.resource else ""

    @property
    def name(self) -> str:
        return self.resource.partition("/")[2]


def parse_arn(text: str) -> Arn | None:
    """Split an ARN into its parts, or answer None when the text is not one."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[5]:
        return None
    return Arn(*parts[1:])
