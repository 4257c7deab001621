"""URLs of the AWS API: one view for all of it."""

from django.urls import re_path

from iot.api.views import view

urlpatterns = [re_path(r"^.*$", view, name="api")]
