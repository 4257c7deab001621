"""Jobs: made, followed execution by execution, cancelled, deleted."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from console.changes import changing
from console.commands import commands
from console.forms.jobs import EXAMPLE, JobForm
from console.lists import show_list, sorted_page
from console.pages import show
from console.panels import job_panel
from console.roles import ConsoleRequest, page
from iot.core import errors
from iot.services import job_executions, jobs

PAGE = 50
ORDERS = {"id": "job_id", "created": "id"}
TONES = {
    "SUCCEEDED": "ok",
    "COMPLETED": "ok",
    "IN_PROGRESS": "waiting",
    "SCHEDULED": "waiting",
    "QUEUED": "waiting",
    "FAILED": "danger",
    "REJECTED": "danger",
    "TIMED_OUT": "danger",
    "CANCELED": "warning",
    "REMOVED": "warning",
}
ENDED = ("COMPLETED", "CANCELED")


@page("GET")
def job_list(request: ConsoleRequest) -> HttpResponse:
    return show_list(request, "jobs/list", job_panel, lambda: _listed(request))


@page("GET", "POST")
def job_new(request: ConsoleRequest) -> HttpResponse:
    initial = {"things": request.GET.get("thing", ""), "groups": request.GET.get("group", ""), "document": EXAMPLE}
    form = JobForm(request.POST) if request.method == "POST" else JobForm(initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with changing(request, "CreateJob", settings.SCOPE.arn("job", data["job_id"])) as change:
                jobs.create_job(
                    settings.SCOPE,
                    job_id=data["job_id"],
                    targets=data["targets"],
                    document=data["document"],
                    target_selection=data["selection"],
                    description=data["description"],
                    settings=form.configuration,
                )
                change.after = {"targets": data["targets"], **form.configuration}
        except errors.AwsError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Job %(name)s is on its way.") % {"name": data["job_id"]})
            return redirect("job", data["job_id"])
    parameters = {
        "jobId": form["job_id"].value() or "install-1-4-2",
        "targets": [settings.SCOPE.arn("thing", "sensor-12")],
        "document": EXAMPLE,
    }
    context = {"form": form, "commands": commands(request, (_("Create the job"), "iot", "CreateJob", parameters))}
    return show(request, "jobs/create", context, status=422 if form.is_bound else 200)


@page("GET", "POST")
def job(request: ConsoleRequest, job_id: str) -> HttpResponse:
    described = jobs.describe_job(settings.SCOPE, job_id=job_id)
    if request.method == "POST":
        return _act(request, job_id)
    row = jobs.find_job(settings.SCOPE, job_id)
    status, after = request.GET.get("status", ""), request.GET.get("after", "")
    rows = job_executions.executions_for_job(settings.SCOPE, job_id=job_id, status=status or None).order_by("id")
    if after.isdecimal():
        rows = rows.filter(pk__gt=int(after))
    found = list(rows[: PAGE + 1])
    kept = {"status": status} if status else {}
    details = described["jobProcessDetails"]
    context: dict[str, Any] = {
        "row": row,
        "tone": TONES.get(row.status, ""),
        "ended": row.status in ENDED,
        "counts": [
            (name.removeprefix("numberOf").removesuffix("Things"), count)
            for name, count in details.items()
            if name.startswith("numberOf")
        ],
        "executions": [(one, TONES.get(one.status, "")) for one in found[:PAGE]],
        "status": status,
        "statuses": ("QUEUED", "IN_PROGRESS", "SUCCEEDED", "FAILED", "TIMED_OUT", "REJECTED", "REMOVED", "CANCELED"),
        "following": f"?{urlencode({**kept, 'after': found[PAGE - 1].pk})}" if len(found) > PAGE else "",
        "first": f"?{urlencode(kept)}" if after else "",
        "commands": commands(
            request,
            (_("Describe the job"), "iot", "DescribeJob", {"jobId": job_id}),
            (_("List its executions"), "iot", "ListJobExecutionsForJob", {"jobId": job_id}),
        ),
    }
    return show(request, "jobs/detail", context, part="executions")


def _act(request: ConsoleRequest, job_id: str) -> HttpResponse:
    arn, force = settings.SCOPE.arn("job", job_id), "force" in request.POST
    if request.POST.get("do") == "cancel":
        with changing(request, "CancelJob", arn) as change:
            change.after = {"force": force}
            jobs.cancel_job(settings.SCOPE, job_id=job_id, force=force, comment=request.POST.get("comment", "")[:2028])
        messages.success(request, _("Job %(name)s is canceled.") % {"name": job_id})
    elif request.POST.get("do") == "delete":
        if request.POST.get("confirm", "").strip() != job_id:
            messages.error(request, _("Nothing was deleted: type the job's id to confirm."))
            return redirect("job", job_id)
        with changing(request, "DeleteJob", arn):
            jobs.delete_job(settings.SCOPE, job_id=job_id, force=True)
        messages.success(request, _("Job %(name)s is deleted.") % {"name": job_id})
        return redirect("jobs")
    return HttpResponseRedirect(reverse("job", args=[job_id]))


def _listed(request: ConsoleRequest) -> dict[str, Any]:
    status = request.GET.get("status", "")
    found, order = sorted_page(
        request, jobs.jobs(settings.SCOPE, status=status or None), ORDERS, "-created", limit=PAGE
    )
    return {
        "rows": [(row, TONES.get(row.status, "")) for row in found],
        "status": status,
        "statuses": ("IN_PROGRESS", "SCHEDULED", "COMPLETED", "CANCELED"),
        **order,
        "commands": commands(request, (_("List jobs"), "iot", "ListJobs", {})),
    }


urlpatterns = [
    path("jobs/", job_list, name="jobs"),
    path("jobs/new/", job_new, name="job_new"),
    path("jobs/<slug:job_id>/", job, name="job"),
]
