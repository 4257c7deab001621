"""MQTT 3.1.1 and 5 without sockets: the codec and one device's conversation."""
