"""Answers on reserved $aws topics."""
