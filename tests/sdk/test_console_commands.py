"""“As a command”: what the console's pages offer runs as it stands, by the AWS CLI, boto3, curl and on the server."""

import contextlib
import html
import io
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable

import boto3
import pytest
from awscli.clidriver import create_clidriver
from botocore.exceptions import ClientError
from django.core.management import get_commands, load_command_class

from tests.console.furniture import furnish_stack
from tests.console.places import PLACES, Place
from tests.console.session import ConsoleSession
from tests.stack import Stack

pytestmark = pytest.mark.filterwarnings("ignore")
Offered = list[tuple[str, str]]
# The second of two equal calls that create something finds it made; of two that remove something, finds it gone.
MADE = ("already exists", "There is a destination", "ListenerExists")
GONE = ("not found", "NotFound", "is not connected")
REMOVES = re.compile(r"(?:^aws \S+ |client\.)(?:delete|detach)|payload[ =]b?''")
PAGE = re.compile(r'aria-label="(AWS CLI|boto3|curl|On the server): [^"]*">(.*?)</pre>', re.DOTALL)


@pytest.fixture(scope="module")
def look(stack: Stack) -> Callable[[Place], Offered]:
    """What a page offers now, as (tool, text)."""
    names, person = furnish_stack(stack, "commanded"), ConsoleSession(stack)

    def offered(place: Place) -> Offered:
        page = person.get(place.address(names)).decode()
        return [(tool, html.unescape(text)) for tool, text in PAGE.findall(page)]

    return offered


@pytest.fixture(autouse=True)
def credentials(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the note below the commands asks for."""
    for name, value in stack.environment.items():
        monkeypatch.setenv(name, value)
    key, secret = stack.access_key
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    boto3.setup_default_session()


@pytest.fixture(scope="module")
def done() -> set[str]:
    """What has run for another page."""
    return set()


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_every_command_of_a_page_runs(place: Place, look: Callable[[Place], Offered], done: set[str]) -> None:
    found = look(place)
    assert bool(found) == place.commands
    tools = [tool for tool, _text in found]
    assert tools.count("boto3") == len(tools) - tools.count("boto3") - tools.count("On the server")
    for tool, text in found:
        if text not in done and not REMOVES.search(text):
            done.add(text)
            run(tool, text)


def test_every_command_that_removes_something_runs(look: Callable[[Place], Offered]) -> None:
    """After all others, first each in the CLI's form; boto3's then finds the thing, the shadow or the client gone."""
    removing = {text: tool for place in PLACES for tool, text in look(place) if REMOVES.search(text)}
    ordered = sorted(removing.items(), key=lambda one: (one[1], "detach" not in one[0], "thing-name" in one[0]))
    assert len({tool for _text, tool in ordered}) == 2
    for text, tool in ordered:
        run(tool, text, *(GONE if tool == "boto3" else ()))


@pytest.mark.parametrize(
    ("tool", "text"),
    [
        ("AWS CLI", "aws iot list-thing --endpoint-url {api}"),
        ("AWS CLI", "aws iot list-things --endpoint-url {api} --max-result 5 --no-such-option 7"),
        ("AWS CLI", "aws iot describe-thing --endpoint-url {api} --thing-name nobody"),
        ("boto3", 'import boto3\nboto3.client("iot", endpoint_url="{api}").describe_thing(thingName="nobody")'),
        ("curl", "curl --silent --aws-sigv4 aws:amz:us-east-1:iot --user a:b {api}/refusals"),
        ("On the server", "./thingstead changepasswords admin"),
        ("On the server", "./thingstead changepassword admin --no-such-option"),
    ],
)
def test_a_wrong_command_is_noticed(tool: str, text: str, stack: Stack) -> None:
    with pytest.raises(AssertionError):
        run(tool, text.format(api=stack.api))


def run(tool: str, text: str, *pardoned: str) -> None:
    told = {"AWS CLI": run_cli, "boto3": run_python, "curl": run_curl, "On the server": run_on_server}[tool](text)
    assert not told or any(one in told for one in (*MADE, *pardoned)), f"{text}\n{told}"


def run_cli(line: str) -> str:
    words = shlex.split(line.replace("\\\n", " "))
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = create_clidriver().main(words[1:])
        except SystemExit as error:
            code = error.code
    return f"{code}: {err.getvalue()}" if code else ""


def run_python(snippet: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            exec(compile(snippet, "command", "exec"), {})  # what is tested is the text itself
        except ClientError as error:
            return str(error)
    return out.getvalue() if '"__type"' in out.getvalue() else ""


def run_curl(line: str) -> str:
    curl = shutil.which("curl")
    if curl is None:
        return ""
    done = subprocess.run(
        ["/bin/sh", "-c", f"{line} --silent --show-error --fail"], capture_output=True, text=True, check=False
    )
    return done.stderr if done.returncode else ""


def run_on_server(line: str) -> str:
    """Read the words as the command would; running it would change the server that other tests use."""
    _launcher, name, *words = shlex.split(line)
    if name not in get_commands():
        return f"There is no command {name}"
    try:
        with contextlib.redirect_stderr(io.StringIO()) as err:
            load_command_class(get_commands()[name], name).create_parser("manage.py", name).parse_args(words)
    except SystemExit:
        return err.getvalue()
    except Exception as error:  # Django's parser raises CommandError where it is not the shell that calls
        return str(error)
    return ""
