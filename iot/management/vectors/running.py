"""Reads files of cases and runs each by the runner that knows its kind."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from iot.management.vectors import policy, rule_sql, search, shadow

Case = dict[str, Any]
RUNNERS: tuple[tuple[Callable[[Case], bool], Callable[[Case], str | None]], ...] = (
    (rule_sql.handles, rule_sql.failure),
    (shadow.handles, shadow.failure),
    (policy.handles, policy.failure),
)


class NotVectors(Exception):
    """A file that holds no cases; the message says why."""


def read(path: Path) -> list[dict[str, Any]]:
    """Read the cases of a file; the fleets of search vectors are no cases. Raises NotVectors."""
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise NotVectors(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise NotVectors(f"{path} is not JSON: {error}") from None
    if path.name == search.FLEETS:
        return []
    cases = content.get("cases") if isinstance(content, dict) else content
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise NotVectors(f"{path} holds no list of cases")
    return cases


def run(path: Path) -> Iterator[tuple[str, str | None]]:
    """Run the cases of a file; yields each one's id with None, or with what was expected and what came."""
    for number, case in enumerate(read(path), 1):
        yield str(case.get("id", f"{path.name}:{number}")), failure(case, path.parent)


def failure(case: dict[str, Any], folder: Path) -> str | None:
    """Run one case; whatever goes wrong with it is its failure."""
    try:
        if search.handles(case):
            return search.failure(case, folder)
        for handles, run_case in RUNNERS:
            if handles(case):
                return run_case(case)
    except Exception as error:
        return f"could not be run: {type(error).__name__}: {error}"
    return "is of no kind that is known: rule SQL, shadow, policy, search"
