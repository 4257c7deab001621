"""A browser gets the page, htmx the part."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from tests.console.browse import HTMX, browser, text

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "name", ["things", "certificates", "policies", "refusals", "audit", "search", "simulator", "overview"]
)
def test_htmx_gets_the_part_and_a_browser_the_page(name: str) -> None:
    client = browser()
    whole, part = client.get(reverse(name)), client.get(reverse(name), headers=HTMX)
    assert "<html" in text(whole)
    assert part.status_code == 200
    assert "<html" not in text(part)
    assert "HX-Request" in whole["Vary"]


def test_boosted_and_restored_pages_are_whole() -> None:
    client = browser()
    for more in ({"HX-Boosted": "true"}, {"HX-History-Restore-Request": "true"}):
        assert "<html" in text(client.get(reverse("things"), headers={**HTMX, **more}))


@pytest.mark.parametrize(("path", "most"), [("/", 60), ("/styleguide/", 220)], ids=["first visit", "with an editor"])
def test_a_page_with_all_it_loads_stays_small(path: str, most: int) -> None:
    page = browser().get(path)
    names = re.findall(r'(?:href|src|data-json-\w+|data-sql-mode)="/static/([^"]+)"', text(page))
    files = [Path(str(finders.find(name))).read_bytes() for name in set(names)]
    assert len(files) >= 5
    assert sum(len(gzip.compress(one)) for one in [page.content, *files]) < most * 1024


def test_pages_are_sent_compressed() -> None:
    answer = browser().get("/", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert b"<html" in gzip.decompress(answer.content)
