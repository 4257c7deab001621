"""The first page: numbers, charts, what needs attention, and where devices connect."""

from django.http import HttpResponse
from django.urls import path

from console.pages import show
from console.roles import ConsoleRequest, page


@page("GET")
def overview(request: ConsoleRequest) -> HttpResponse:
    return show(request, "overview/page", {})


urlpatterns = [path("", overview, name="overview")]
