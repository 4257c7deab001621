"""Fixtures for moving between endpoints."""

from tests.management.elsewhere import elsewhere, move, sides

__all__ = ["elsewhere", "move", "sides"]
