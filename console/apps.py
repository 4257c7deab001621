"""The Django app of the web console."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "console"
