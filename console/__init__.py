"""The Django project and the web console."""
