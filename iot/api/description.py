"""The pages about the API: its OpenAPI document, and a reader for it whose files all come from here."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from iot.api import openapi, registry
from iot.api.model import operations


@require_safe
def openapi_document(request: HttpRequest) -> HttpResponse:
    root = request.build_absolute_uri(reverse("openapi")).removesuffix("/openapi.json")
    return HttpResponse(openapi.document(root), content_type="application/json")


@require_safe
def reader(request: HttpRequest) -> HttpResponse:
    unserved = registry.unserved()
    context = {"served": len(operations()) - len(unserved), "all": len(operations()), "unserved": unserved}
    return render(request, "api/reader.html", context)
