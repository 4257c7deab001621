"""The shared vectors: rules of the field as data."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def load(kind: str) -> list[dict[str, Any]]:
    """Read the cases of a kind: rule-sql, shadow, policy or search."""
    cases: list[dict[str, Any]] = json.loads((FOLDER / f"{kind}.json").read_text())
    return cases
