"""Backtests: what a statement makes of the last messages that were recorded, without running its actions."""

import time
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import path

from console.changes import changing
from console.live import written_payload
from console.pages import show
from console.roles import OPERATOR, ConsoleRequest, page, reaches
from iot.core import errors
from iot.core.sql import NEW_VERSION, compile_statement
from iot.services import backtests, recorder

SHOWN = 100
SHOWN_BYTES = 200
RECORD_SECONDS = 3600


@page("POST", change="viewer")
def rule_backtest(request: ConsoleRequest) -> HttpResponse:
    """Try what is typed on what is recorded; an operator may also begin or end the recording of its FROM."""
    sql = request.POST.get("sql", "").replace("\r\n", "\n")
    version, wanted = request.POST.get("version", NEW_VERSION), request.POST.get("do", "")
    try:
        topic_filter = compile_statement(sql, version).topic_filter or ""
    except errors.SqlParseException as error:
        return show(request, "rules/backtest", {"fault": error.message}, part="backtest")
    if not topic_filter:
        return show(request, "rules/backtest", {"no_filter": True}, part="backtest")
    if wanted in ("record", "stop") and reaches(request.role, OPERATOR):
        _record(request, topic_filter, begin=wanted == "record")
    past = backtests.backtest(settings.SCOPE, sql=sql, version=version, limit=SHOWN)
    until = recorder.recorded_filters(settings.SCOPE).get(topic_filter, 0)
    context: dict[str, Any] = {
        "filter": topic_filter,
        "recording": until if until > time.time() else None,
        "rows": [(one, written_payload(one.message.payload, SHOWN_BYTES)) for one in past],
        "fired": sum(one.trial.passed for one in past),
    }
    return show(request, "rules/backtest", context, part="backtest")


def _record(request: ConsoleRequest, topic_filter: str, *, begin: bool) -> None:
    with changing(request, "StartRecording" if begin else "StopRecording", topic_filter):
        if begin:
            recorder.start(settings.SCOPE, topic_filter=topic_filter, seconds=RECORD_SECONDS)
        else:
            recorder.stop(settings.SCOPE, topic_filter=topic_filter)


urlpatterns = [path("rules/new/backtest/", rule_backtest, name="rule_backtest")]
