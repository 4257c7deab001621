"""Runs vectors: rules of the field as cases in JSON, of four kinds that are told apart by their keys."""
