"""Measures an installation of its own, started for that and thrown away."""
