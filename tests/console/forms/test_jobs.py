"""The form of a new job."""

import pytest

from console.forms.jobs import JobForm

FORM = {"job_id": "j", "things": "a\n b \n", "groups": "g", "document": "{}", "selection": "CONTINUOUS"}


def test_targets_are_arns_of_things_and_groups() -> None:
    form = JobForm(FORM)
    assert form.is_valid()
    assert [one.rpartition(":")[2] for one in form.cleaned_data["targets"]] == ["thing/a", "thing/b", "thinggroup/g"]
    assert form.configuration == {}


def test_limits_become_aws_configuration() -> None:
    form = JobForm({**FORM, "per_minute": "5", "minutes": "7"})
    assert form.is_valid()
    assert form.configuration == {
        "jobExecutionsRolloutConfig": {"maximumPerMinute": 5},
        "timeoutConfig": {"inProgressTimeoutInMinutes": 7},
    }


@pytest.mark.parametrize("fields", [{"document": "{"}, {"things": "", "groups": ""}, {"selection": "NOW"}])
def test_a_fault_is_refused(fields: dict[str, str]) -> None:
    assert not JobForm({**FORM, **fields}).is_valid()
