"""The web server's process."""
