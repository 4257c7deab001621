"""The whole tutorial in Chromium with a real device process: the downloaded kit, its script, the real events."""

import subprocess
import sys
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.console import BrowserConsole

PROOF = 20_000


@contextmanager
def device(kit: Path) -> Iterator[None]:
    with (kit / "out.txt").open("w") as out:
        process = subprocess.Popen([sys.executable, "device_paho.py"], cwd=kit, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            process.wait(10)


def proven(console: BrowserConsole) -> None:
    expect(console.page.locator("#next")).to_be_visible(timeout=PROOF)


def test_six_steps_with_a_real_device(console: BrowserConsole, tmp_path: Path) -> None:
    page = console.open("/start/")
    console.audit()
    name = f"first-{uuid.uuid4().hex[:6]}"
    page.get_by_role("link", name="Begin").click()
    page.get_by_label("Name of the thing").fill(name)
    page.get_by_role("button", name="Create thing").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Get its connection kit")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download kit").click()
    proven(console)
    console.audit()
    with zipfile.ZipFile(download.value.path()) as archive:
        archive.extractall(tmp_path)

    page.get_by_role("link", name="Next: Connect the device").click()
    page.get_by_role("link", name="Python, paho").click()
    expect(page.locator("#command")).to_contain_text(f"cd {name}-kit")
    console.audit()
    with device(tmp_path / f"{name}-kit"):
        proven(console)
        page.get_by_role("link", name="Next: See its first message").click()
        proven(console)
        expect(page.locator("#proof")).to_contain_text(f"Hello from {name}")
        console.audit()

        page.get_by_role("link", name="Next: Change a wish").click()
        page.get_by_label("Wanted state of led").select_option("blinking")
        page.get_by_role("button", name="Send wish").click()
        proven(console)

        page.get_by_role("link", name="Next: Let a rule fire").click()
        page.get_by_role("button", name="Create rule").click()
        proven(console)
        console.audit()

    page.get_by_role("link", name="See what you have made").click()
    expect(page.locator(".start-number.is-done")).to_have_count(6)
    page.get_by_role("button", name="Remove what it made").click()
    expect(page.get_by_role("link", name="Begin")).to_be_visible()
    assert name not in [one["thingName"] for one in console.stack.boto("iot").list_things()["things"]]


def test_a_simulated_device_does_the_same(console: BrowserConsole) -> None:
    page = console.open("/start/thing/")
    page.get_by_label("Name of the thing").fill(f"simulated-{uuid.uuid4().hex[:6]}")
    page.get_by_role("button", name="Create thing").click()
    page.get_by_role("button", name="Start a simulated device").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Connect the device")
    proven(console)
    page.get_by_role("link", name="Next: See its first message").click()
    proven(console)
    page.get_by_role("link", name="Next: Change a wish").click()
    page.get_by_role("button", name="Send wish").click()
    proven(console)
    console.open("/start/").get_by_role("button", name="Remove what it made").click()
    expect(page.get_by_role("link", name="Begin")).to_be_visible()
