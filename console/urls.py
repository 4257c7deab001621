"""URLs of the console and, by dotted path, of the AWS API."""

from django.urls import include, path

urlpatterns = [
    path("api/", include("iot.api.urls")),
]
