"""The rule's forms: statement and actions. Republish and HTTP have fields of their own, the others are JSON."""

import json
import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms.fields import choice_field, code_field, name_field, parse_json, text_field
from iot.core import errors
from iot.core.sql import compile_statement

RULE_NAME = r"[a-zA-Z0-9_]{1,128}"
VERSIONS = [("2016-03-23", "2016-03-23"), ("2015-10-08", "2015-10-08"), ("beta", "beta")]
MOST_ACTIONS = 10
Action = dict[str, Any]

# What a new action of a kind begins as: the members that AWS demands.
KINDS: dict[str, Action] = {
    "republish": {},
    "http": {},
    "lambda": {"functionArn": "arn:aws:lambda:us-east-1:123456789012:function:name"},
    "dynamoDBv2": {"roleArn": "ROLE", "putItem": {"tableName": "readings"}},
    "dynamoDB": {
        "roleArn": "ROLE",
        "tableName": "readings",
        "hashKeyField": "thing",
        "hashKeyValue": "${topic(2)}",
        "rangeKeyField": "at",
        "rangeKeyValue": "${timestamp()}",
    },
    "s3": {"roleArn": "ROLE", "bucketName": "bucket", "key": "${topic()}/${timestamp()}"},
    "sqs": {"roleArn": "ROLE", "queueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/queue"},
    "sns": {"roleArn": "ROLE", "targetArn": "arn:aws:sns:us-east-1:123456789012:topic", "messageFormat": "RAW"},
    "kinesis": {"roleArn": "ROLE", "streamName": "stream", "partitionKey": "${topic()}"},
    "firehose": {"roleArn": "ROLE", "deliveryStreamName": "stream", "separator": "\n"},
    "cloudwatchMetric": {
        "roleArn": "ROLE",
        "metricNamespace": "things",
        "metricName": "temperature",
        "metricValue": "${temperature}",
        "metricUnit": "None",
    },
    "cloudwatchAlarm": {"roleArn": "ROLE", "alarmName": "alarm", "stateReason": "a rule", "stateValue": "ALARM"},
    "cloudwatchLogs": {"roleArn": "ROLE", "logGroupName": "group"},
    "stepFunctions": {"roleArn": "ROLE", "stateMachineName": "machine", "executionNamePrefix": "rule-"},
    "timestream": {
        "roleArn": "ROLE",
        "databaseName": "database",
        "tableName": "table",
        "dimensions": [{"name": "thing", "value": "${topic(2)}"}],
    },
    "openSearch": {
        "roleArn": "ROLE",
        "endpoint": "https://search.example",
        "index": "readings",
        "type": "_doc",
        "id": "${newuuid()}",
    },
    "kafka": {
        "destinationArn": "arn:aws:iot:us-east-1:123456789012:ruledestination/vpc/id",
        "topic": "readings",
        "clientProperties": {"bootstrap.servers": "broker:9092"},
    },
    "location": {
        "roleArn": "ROLE",
        "trackerName": "tracker",
        "deviceId": "${topic(2)}",
        "latitude": "${lat}",
        "longitude": "${lon}",
    },
    "iotSiteWise": {
        "roleArn": "ROLE",
        "putAssetPropertyValueEntries": [
            {
                "propertyAlias": "/plant/${topic(2)}/temperature",
                "propertyValues": [
                    {
                        "value": {"doubleValue": "${temperature}"},
                        "timestamp": {"timeInSeconds": "${floor(timestamp() / 1000)}"},
                    }
                ],
            }
        ],
    },
}
# Actions that need no AWS account; they are kept beside the rule (`services.local_actions`).
LOCAL_KINDS: dict[str, Action] = {"table": {"name": "readings"}, "file": {"name": "readings"}}
ALL_KINDS = {"republish": {}, "http": {}, **LOCAL_KINDS, **KINDS}
# Kinds that are not offered, because we do not perform them or they are another's older name, and stay where they are.
OTHER_KINDS = frozenset({"elasticsearch", "influxDB", "iotAnalytics", "iotEvents", "salesforce"})
LABELS = {
    "republish": gettext_lazy("Republish to a topic"),
    "http": gettext_lazy("Send to an HTTPS address"),
    "table": gettext_lazy("Write to a table of this server"),
    "file": gettext_lazy("Append to a file of this server"),
}


def role_arn() -> str:
    """The role that an action names: AWS demands one; here nobody assumes it."""
    return f"arn:aws:iam::{settings.ACCOUNT_ID}:role/thingstead"


def first_action(kind: str) -> Action:
    """What a new action of a kind begins as."""
    text = json.dumps(ALL_KINDS[kind]).replace('"ROLE"', json.dumps(role_arn()))
    found: Action = json.loads(text)
    return found


class RuleForm(forms.Form):
    """The rule without its actions."""

    name = name_field(gettext_lazy("Name"), RULE_NAME, gettext_lazy("Letters, digits and underscore; at most 128."))
    description = text_field(gettext_lazy("Description"), longest=500)
    sql = code_field(gettext_lazy("SQL"), rows=6, mode="sql")
    version = choice_field(
        gettext_lazy("SQL version"),
        VERSIONS,
        gettext_lazy("2016-03-23 unless an older rule needs otherwise."),
        required=True,
    )
    enabled = forms.BooleanField(label=gettext_lazy("Enabled"), required=False, initial=True)

    def __init__(self, *arguments: Any, fixed_name: bool = False, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if fixed_name:
            self.fields["name"].widget.attrs["readonly"] = True

    def clean_sql(self) -> str:
        text: str = self.cleaned_data["sql"].replace("\r\n", "\n")
        try:
            compile_statement(text, self.data.get("version") or VERSIONS[0][0])
        except errors.SqlParseException as error:
            raise forms.ValidationError(error.message) from None
        return text


class RepublishForm(forms.Form):
    topic = forms.CharField(
        label=gettext_lazy("Topic"),
        help_text=gettext_lazy("May hold ${…}, for example alerts/${topic(2)}."),
        widget=forms.TextInput({"class": "input mono", "list": "topics", "autocomplete": "off", "spellcheck": "false"}),
    )
    qos = choice_field("QoS", [("0", "0"), ("1", "1")], required=True)
    content_type = text_field(gettext_lazy("Content type"))
    response_topic = text_field(gettext_lazy("Response topic"))
    user_properties = forms.CharField(
        label=gettext_lazy("User properties"),
        required=False,
        help_text=gettext_lazy("One a line: name: value"),
        widget=forms.Textarea({"class": "input code", "rows": 2, "spellcheck": "false"}),
    )

    @classmethod
    def read(cls, given: Action) -> dict[str, Any]:
        headers = given.get("headers") or {}
        pairs = headers.get("userProperties") or ()
        return {
            "topic": given.get("topic", ""),
            "qos": str(given.get("qos", 0)),
            "content_type": headers.get("contentType", ""),
            "response_topic": headers.get("responseTopic", ""),
            "user_properties": "\n".join(f"{one['key']}: {one['value']}" for one in pairs),
        }

    def write(self, given: Action) -> Action:
        """Write the fields into the action, whose other members stay."""
        data = self.cleaned_data
        headers = {**(given.get("headers") or {})}
        for name, value in (("contentType", data["content_type"]), ("responseTopic", data["response_topic"])):
            headers.pop(name, None)
            if value:
                headers[name] = value
        pairs = read_pairs(data["user_properties"])
        headers.pop("userProperties", None)
        if pairs:
            headers["userProperties"] = [{"key": key, "value": value} for key, value in pairs]
        kept = {key: value for key, value in given.items() if key != "headers"}
        made = {"roleArn": role_arn(), **kept, "topic": data["topic"], "qos": int(data["qos"] or 0)}
        return {**made, "headers": headers} if headers else made


class HttpForm(forms.Form):
    url = forms.CharField(
        label=gettext_lazy("Address"),
        help_text=gettext_lazy("The result is sent there by POST. May hold ${…}."),
        widget=forms.TextInput(
            {"class": "input mono", "placeholder": "https://example.org/hook", "autocomplete": "off"}
        ),
    )
    confirmation_url = text_field(
        gettext_lazy("Confirmation address"),
        gettext_lazy("Whose owner is asked to confirm, if not the address itself, which then begins with it."),
    )
    headers = forms.CharField(
        label=gettext_lazy("Headers"),
        required=False,
        help_text=gettext_lazy("One a line: name: value"),
        widget=forms.Textarea({"class": "input code", "rows": 2, "spellcheck": "false"}),
    )

    @classmethod
    def read(cls, given: Action) -> dict[str, Any]:
        return {
            "url": given.get("url", ""),
            "confirmation_url": given.get("confirmationUrl", ""),
            "headers": "\n".join(f"{one['key']}: {one['value']}" for one in given.get("headers") or ()),
        }

    def write(self, given: Action) -> Action:
        """Write the fields into the action, whose other members stay."""
        pairs = [{"key": key, "value": value} for key, value in read_pairs(self.cleaned_data["headers"])]
        kept = {key: value for key, value in given.items() if key not in ("headers", "confirmationUrl")}
        made = {**kept, "url": self.cleaned_data["url"]}
        if self.cleaned_data["confirmation_url"]:
            made["confirmationUrl"] = self.cleaned_data["confirmation_url"]
        return {**made, "headers": pairs} if pairs else made


class JsonForm(forms.Form):
    body = code_field(gettext_lazy("Parameters"), rows=6)

    @classmethod
    def read(cls, given: Action) -> dict[str, Any]:
        return {"body": json.dumps(given, indent=2, ensure_ascii=False)}

    def clean_body(self) -> Action:
        found = parse_json(self.cleaned_data["body"])
        if not isinstance(found, dict):
            raise forms.ValidationError(_("It must be a JSON object."))
        return found

    def write(self, given: Action) -> Action:
        return dict(self.cleaned_data["body"])


LOCAL_NAME = r"[A-Za-z0-9_-]{1,64}"


def _number(label: Any, least: int, most: int) -> forms.IntegerField:
    widget = forms.NumberInput({"class": "input"})
    return forms.IntegerField(label=label, required=False, min_value=least, max_value=most, widget=widget)


class TableForm(forms.Form):
    name = name_field(gettext_lazy("Table"), LOCAL_NAME, gettext_lazy("Letters, digits, hyphen, underscore."))
    retention_days = _number(gettext_lazy("Keep rows for, in days"), 1, 3650)
    maximum_rows = _number(gettext_lazy("Keep at most so many rows"), 1, 10_000_000)

    MEMBERS = {"retention_days": "retentionDays", "maximum_rows": "maximumRows"}

    @classmethod
    def read(cls, given: Action) -> dict[str, Any]:
        return {"name": given.get("name", ""), **{name: given.get(key) for name, key in cls.MEMBERS.items()}}

    def write(self, given: Action) -> Action:
        """Answer the name and the parameters that are given."""
        data = self.cleaned_data
        return {"name": data["name"], **{key: data[name] for name, key in self.MEMBERS.items() if data[name]}}


class FileForm(TableForm):
    retention_days = None  # type: ignore[assignment]  # Django's way of leaving a field of the parent out
    maximum_rows = None  # type: ignore[assignment]  # as above
    rotate_bytes = _number(gettext_lazy("Begin a new file after, in bytes"), 1024, 1 << 30)
    keep_files = _number(gettext_lazy("Keep at most so many files"), 1, 10_000)

    MEMBERS = {"rotate_bytes": "rotateBytes", "keep_files": "keepFiles"}


FORMS: dict[str, Any] = {"republish": RepublishForm, "http": HttpForm, "table": TableForm, "file": FileForm}


class ActionPart:
    """One action on the page: its kind, its form, and what the form does not show."""

    def __init__(self, prefix: str, kind: str, given: Action, data: QueryDict | None = None) -> None:
        self.prefix = prefix
        self.kind = kind
        self.label = LABELS.get(kind, kind)
        self.given = given
        form = FORMS.get(kind, JsonForm)
        self.form: Any = (
            form(data, prefix=prefix) if data is not None else form(prefix=prefix, initial=form.read(given))
        )
        self.rest = json.dumps(given) if kind in FORMS else ""

    @property
    def action(self) -> Action:
        """The action as AWS writes it; only after the form is valid."""
        return {self.kind: self.form.write(self.given)}


def parts_of(actions: list[Action]) -> list[ActionPart]:
    """The parts of a rule's actions."""
    return [
        ActionPart(f"action-{index}", *next(iter(action.items())))
        for index, action in enumerate(actions)
        if len(action) == 1
    ]


def local_parts(actions: list[tuple[str, Action]], first: int) -> list[ActionPart]:
    """The parts of a rule's local actions, numbered after its others."""
    return [ActionPart(f"action-{first + index}", kind, given) for index, (kind, given) in enumerate(actions)]


def error_part(action: Action | None) -> ActionPart | None:
    """The part of a rule's error action."""
    return ActionPart("error", *next(iter(action.items()))) if action else None


def posted_parts(data: QueryDict) -> list[ActionPart]:
    """The parts that a request brings, in the order of their numbers."""
    found = [
        int(match[1])
        for name in data
        if (match := re.fullmatch(r"action-(\d{1,4})-kind", name)) and data[name] in {*ALL_KINDS, *OTHER_KINDS}
    ]
    return [_posted(data, f"action-{number}") for number in sorted(found)]


def posted_error(data: QueryDict) -> ActionPart | None:
    return _posted(data, "error") if data.get("error-kind") in {*KINDS, *OTHER_KINDS} else None


def _posted(data: QueryDict, prefix: str) -> ActionPart:
    try:
        given = json.loads(data.get(f"{prefix}-rest") or "{}")
    except ValueError:
        given = {}
    return ActionPart(prefix, str(data[f"{prefix}-kind"]), given if isinstance(given, dict) else {}, data)


def read_pairs(text: str) -> list[tuple[str, str]]:
    """Read lines of `name: value`; one without a colon is no pair."""
    pairs = [line.partition(":") for line in text.splitlines() if ":" in line]
    return [(name.strip(), value.strip()) for name, _colon, value in pairs]


def initial_of(payload: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    """A form's first values from a rule in AWS's form."""
    return {
        "name": payload.get("ruleName") or name,
        "description": payload.get("description") or "",
        "sql": payload.get("sql", ""),
        "version": payload.get("awsIotSqlVersion") or "2015-10-08",
        "enabled": not payload.get("ruleDisabled"),
    }
