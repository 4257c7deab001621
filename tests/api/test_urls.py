"""URLs below /api/."""

from django.urls import resolve, reverse


def test_two_pages_stand_beside_the_view() -> None:
    assert reverse("openapi") == "/api/openapi.json"
    assert reverse("api-docs") == "/api/docs/"
    assert resolve("/api/things/lamp").url_name == "api"
    assert resolve("/api/").url_name == "api"
