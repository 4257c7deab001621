"""Runs topic rules and their actions."""
