"""URLs of the AWS API: one view for all of it, and two pages about it."""

from django.urls import path, re_path

from iot.api.description import openapi_document, reader
from iot.api.views import view

urlpatterns = [
    path("openapi.json", openapi_document, name="openapi"),
    path("docs/", reader, name="api-docs"),
    re_path(r"^.*$", view, name="api"),
]
