"""Devices over MQTT and HTTPS, in front of the broker."""
