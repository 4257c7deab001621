"""Provisioning templates."""
