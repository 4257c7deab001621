"""The rules of AWS IoT and MQTT without Django, I/O, clock or chance."""
