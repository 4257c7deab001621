"""Get started: six steps, each done by doing and proven by the event itself (`console.consumers.StartConsumer`)."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.changes import changing
from console.commands import commands
from console.device import TooManyDevices, start_device, stop_device
from console.forms.start import ThingForm, WishForm
from console.kit import kit_download, kit_folder
from console.pages import show
from console.roles import ConsoleRequest, page
from iot.core import errors
from iot.services import kits, tutorials

TITLES: dict[str, tuple[Promise, Promise]] = {
    "thing": (gettext_lazy("Create a thing"), gettext_lazy("A thing is the record of one device in the registry.")),
    "kit": (gettext_lazy("Get its connection kit"), gettext_lazy("Certificate, key, policy and a script that runs.")),
    "run": (gettext_lazy("Connect the device"), gettext_lazy("By TLS, with its own certificate.")),
    "message": (gettext_lazy("See its first message"), gettext_lazy("The device publishes; this page subscribes.")),
    "wish": (gettext_lazy("Change a wish"), gettext_lazy("Ask for a state, and see the device answer.")),
    "rule": (gettext_lazy("Let a rule fire"), gettext_lazy("SQL picks messages and does something with them.")),
}
LANGUAGES = {
    "python": "Python, AWS IoT SDK v2",
    "paho": "Python, paho",
    "node": "Node.js",
    "shell": "mosquitto",
    "arduino": "Arduino, C",
}
Context = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """A step as the page lists it."""

    name: str
    number: int
    title: str
    text: str
    url: str
    done: float | None
    reachable: bool


def steps_of(row: Any) -> list[Step]:
    """List the steps; one is reachable when all before it are done."""
    done: dict[str, float] = {} if row is None else row.done
    found = []
    for number, name in enumerate(tutorials.STEPS, 1):
        reachable = all(before in done for before in tutorials.STEPS[: number - 1])
        title, text = TITLES[name]
        url = reverse("start_step", args=[name])
        found.append(Step(name, number, str(title), str(text), url, done.get(name), reachable))
    return found


@page("GET", "POST")
def start(request: ConsoleRequest) -> HttpResponse:
    row = tutorials.find(settings.SCOPE, request.user)
    if request.method == "POST":
        return _manage(request, row)
    current = tutorials.next_step(row)
    return show(request, "start/page", {"tutorial": row, "steps": steps_of(row), "current": current})


def _manage(request: ConsoleRequest, row: Any) -> HttpResponse:
    """Put the tutorial aside, take it up again, or remove what it made."""
    wanted = request.POST.get("do")
    if wanted in ("skip", "resume"):
        tutorials.set_skipped(settings.SCOPE, request.user, skipped=wanted == "skip")
    elif wanted == "again" and row is not None:
        tutorials.begin_again(settings.SCOPE, request.user)
        messages.success(request, _("The tutorial begins anew. What it had made is kept."))
    elif wanted == "remove" and row is not None:
        with changing(request, "DeleteThing", row.thing_name):
            stop_device(row.thing_name)
            tutorials.remove(settings.SCOPE, request.user)
        messages.success(request, _("What the tutorial had made is deleted."))
    return redirect("start")


@page("GET", "POST")
def start_step(request: ConsoleRequest, step: str) -> HttpResponse:
    if step not in tutorials.STEPS:
        raise Http404(step)
    row = tutorials.find(settings.SCOPE, request.user)
    steps = {one.name: one for one in steps_of(row)}
    if not steps[step].reachable:
        return HttpResponseRedirect(steps[tutorials.next_step(row) or "thing"].url)
    form: Any = {"thing": ThingForm, "wish": WishForm}.get(step, ThingForm)(request.POST or None)
    if request.method == "POST":
        answer = _ACTIONS[step](request, row, form)
        if answer is not None:
            return answer
    elif row is not None and step not in row.done and tutorials.already_proven(settings.SCOPE, row, step=step):
        tutorials.mark(settings.SCOPE, request.user, step=step)
        return HttpResponseRedirect(request.get_full_path())
    return _show_step(request, step, row, form)


def _show_step(request: ConsoleRequest, step: str, row: Any, form: Any) -> HttpResponse:
    steps = steps_of(row)
    index = tutorials.STEPS.index(step)
    language = request.GET.get("with", "python")
    name = "" if row is None else row.thing_name
    context: Context = {
        "step": steps[index],
        "steps": steps,
        "next": steps[index + 1] if index + 1 < len(steps) else None,
        "tutorial": row,
        "form": form,
        "folder": kit_folder(name),
        "topic": kits.telemetry_topic(name),
        "alert_topic": kits.alert_topic(name),
        "delta_topic": f"$aws/things/{name}/shadow/update/delta",
        "language": language if language in LANGUAGES else "python",
        "languages": LANGUAGES,
        "threshold": tutorials.THRESHOLD,
        "host": settings.ENDPOINT,
        "port": settings.MQTT_PORT,
        "part": f"console/start/_{step}.html",
        "commands": commands(request, *_COMMANDS[step](name)),
    }
    invalid = request.method == "POST"
    return show(request, "start/step", context, status=422 if invalid else 200)


def _thing(request: ConsoleRequest, row: Any, form: ThingForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    name = form.cleaned_data["thing_name"]
    try:
        with changing(request, "CreateThing", settings.SCOPE.arn("thing", name)):
            tutorials.create_tutorial_thing(settings.SCOPE, request.user, thing_name=name)
    except errors.ResourceAlreadyExistsException as error:
        form.add_error("thing_name", error.message)
        return None
    return redirect("start_step", "kit")


def _kit(request: ConsoleRequest, row: Any, form: Any) -> HttpResponse | None:
    simulated = request.POST.get("do") == "simulate"
    with changing(request, "CreateKeysAndCertificate", settings.SCOPE.arn("thing", row.thing_name)) as change:
        stop_device(row.thing_name)
        kit = tutorials.issue_tutorial_kit(settings.SCOPE, request.user, simulated=simulated)
        change.after = {"certificateId": kit.certificate_id, "policyName": kit.policy_name}
    if not simulated:
        return kit_download(kit)
    try:
        start_device(kit)
    except TooManyDevices as error:
        messages.error(request, str(error))
        return redirect("start_step", "kit")
    return redirect("start_step", "run")


def _wish(request: ConsoleRequest, row: Any, form: WishForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    with changing(request, "UpdateThingShadow", settings.SCOPE.arn("thing", row.thing_name)):
        tutorials.wish(settings.SCOPE, request.user, desired={"led": form.cleaned_data["led"]})
    return redirect("start_step", "wish")


def _rule(request: ConsoleRequest, row: Any, form: Any) -> HttpResponse | None:
    with changing(request, "CreateTopicRule") as change:
        made = tutorials.create_tutorial_rule(settings.SCOPE, request.user)
        change.resource = settings.SCOPE.arn("rule", made.rule_name)
    return redirect("start_step", "rule")


def _again(request: ConsoleRequest, row: Any, form: Any) -> HttpResponse | None:
    return redirect(request.path)


_ACTIONS = {"thing": _thing, "kit": _kit, "run": _again, "message": _again, "wish": _wish, "rule": _rule}


_COMMANDS: dict[str, Any] = {
    "thing": lambda name: [("Create the thing", "iot", "CreateThing", {"thingName": name or "my-first-device"})],
    "kit": lambda name: [
        ("Make a certificate", "iot", "CreateKeysAndCertificate", {"setAsActive": True}),
    ],
    "run": lambda name: [("List the thing's certificates", "iot", "ListThingPrincipals", {"thingName": name})],
    "message": lambda name: [
        (
            "Publish the same",
            "iot-data",
            "Publish",
            {"topic": kits.telemetry_topic(name), "qos": 1, "payload": b'{"temperature": 26}'},
        )
    ],
    "wish": lambda name: [
        (
            "Change the wish",
            "iot-data",
            "UpdateThingShadow",
            {"thingName": name, "payload": b'{"state":{"desired":{"led":"on"}}}'},
        )
    ],
    "rule": lambda name: [("List the rules", "iot", "ListTopicRules", {})],
}

urlpatterns = [
    path("start/", start, name="start"),
    path("start/<slug:step>/", start_step, name="start_step"),
]
