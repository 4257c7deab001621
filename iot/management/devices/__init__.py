"""Devices that we play ourselves, to simulate and to measure: certificates and an MQTT client."""
