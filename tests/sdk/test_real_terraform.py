"""Terraform itself: what it makes, it finds again without a difference, changes in place, and takes away."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.api import issuing
from tests.stack import ROOT, Stack

# Where plugins lie that were installed by hand, as `terraform init -plugin-dir` takes them.
PLUGINS = (Path.home() / ".terraform.d/plugins", Path("/usr/local/share/terraform/plugins"), Path("/opt/tf-plugins"))
TERRAFORM = shutil.which("terraform")
FOUND = next((path for path in PLUGINS if any(path.glob("registry.terraform.io/hashicorp/aws/*/*"))), None)

pytestmark = [
    pytest.mark.skipif(TERRAFORM is None or FOUND is None, reason="Terraform and its AWS provider are not installed"),
    pytest.mark.timeout(400),
]


@pytest.fixture
def terraform(stack: Stack, tmp_path: Path) -> Callable[..., str]:
    """Answer what runs Terraform in a folder of its own, with the provider's block as the README gives it."""
    provider = re.search(r"```hcl\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert provider is not None
    (tmp_path / "provider.tf").write_text(provider[1].replace("http://127.0.0.1:8000/api", stack.api))
    shutil.copy(Path(__file__).parent / "terraform" / "main.tf", tmp_path)
    (tmp_path / "factory.pem").write_text(issuing.authority("Factory").pem)
    (tmp_path / "device.csr").write_text(issuing.request("device"))
    configuration = tmp_path / "none.rc"
    configuration.touch()
    # Most of Terraform's time is its provider's start, a quarter of that the collection of its garbage.
    quicker = {"CHECKPOINT_DISABLE": "1", "GOGC": "400"}
    environment = {**stack.environment, "TF_CLI_CONFIG_FILE": str(configuration), **quicker}
    environment.pop("AWS_CONFIG_FILE")

    def run(*words: str, code: int = 0) -> str:
        done = subprocess.run(
            [str(TERRAFORM), *words, "-no-color"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        assert done.returncode == code, done.stdout[-3000:] + done.stderr
        return done.stdout

    run("init", f"-plugin-dir={FOUND}")
    return run


def test_each_resource_is_made_found_unchanged_changed_in_place_and_destroyed(
    stack: Stack, terraform: Callable[..., str]
) -> None:
    made = terraform("apply", "-auto-approve", "-var=word=first")
    assert re.search(r"Apply complete! Resources: (\d+) added, 0 changed, 0 destroyed", made)
    assert f'endpoint = "{stack.endpoint["mqtt_host"]}"' in made
    iot = stack.boto("iot")
    assert iot.describe_thing(thingName="tf-lamp")["attributes"] == {"colour": "first"}
    assert len(iot.get_topic_rule(ruleName="tf_many")["rule"]["actions"]) == 8
    changed = terraform("apply", "-auto-approve", "-var=word=second")
    assert re.search(r"Resources: 0 added, 8 changed, 0 destroyed", changed), changed[-2000:]
    assert iot.describe_thing(thingName="tf-lamp")["attributes"] == {"colour": "second"}
    assert "No changes." in terraform("plan", "-detailed-exitcode", "-var=word=second")
    terraform("destroy", "-auto-approve", "-refresh=false", "-var=word=second")  # the plan has just read everything
    assert [thing for thing in iot.list_things()["things"] if thing["thingName"].startswith("tf-")] == []
