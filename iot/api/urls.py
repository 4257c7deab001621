"""URLs of the AWS API."""

urlpatterns: list[object] = []
