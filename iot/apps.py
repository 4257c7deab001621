"""The Django app of the device cloud."""

from django.apps import AppConfig


class IotConfig(AppConfig):
    name = "iot"
    verbose_name = "Device cloud"
    default_auto_field = "django.db.models.BigAutoField"
