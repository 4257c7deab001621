"""Which language a page and a socket speak, and the words that come with the source."""

import gettext
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from console.languages import LANGUAGES, language_of_scope
from tests.console.browse import browser, text

PLACES = re.compile(r"%\(\w+\)[sX\d]+|(?<!%)%[a-z]+\b|</?\w+>")
TRANSLATED = [code for code, _name in LANGUAGES if code != settings.LANGUAGE_CODE]


@pytest.mark.parametrize(
    ("cookies", "accepted", "language"),
    [
        ({}, b"", "en"),
        ({}, b"de-AT,de;q=0.9,en;q=0.5", "de"),
        ({"django_language": "en"}, b"de", "en"),
        ({"django_language": "xx"}, b"fr", "en"),
    ],
)
def test_a_socket_speaks_as_its_page(cookies: dict[str, str], accepted: bytes, language: str) -> None:
    scope: dict[str, Any] = {"cookies": cookies, "headers": [(b"Accept-Language", accepted)]}
    assert language_of_scope(scope) == language


@pytest.mark.django_db
def test_a_page_speaks_what_was_chosen_or_what_the_browser_asks_for() -> None:
    client = browser("viewer")
    german = {"accept-language": "de"}
    page = text(client.get("/things/", headers=german))
    assert '<html lang="de"' in page
    assert "Noch keine Things" in page
    answer = client.post("/language/", {"language": "en", "next": "/things/"})
    assert answer["Location"] == "/things/"
    assert "No things yet" in text(client.get("/things/", headers=german))
    assert client.post("/language/", {"language": "xx", "next": "https://evil.test/"})["Location"] == "/"
    assert "Noch keine Things" in text(client.get("/things/", headers=german))
    assert Client().get("/language/").status_code == 405


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_words_are_compiled_as_they_are_written(code: str) -> None:
    folder = Path(settings.LOCALE_PATHS[0]) / code / "LC_MESSAGES"
    written = re.findall(r'^msgid "(.+)"$', (folder / "django.po").read_text(), re.MULTILINE)
    with (folder / "django.mo").open("rb") as file:
        compiled: dict[Any, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # all of them
    originals = {key[0] if isinstance(key, tuple) else key for key in compiled if key}
    assert len(originals) == len(written) > 1000


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_keeps_the_places_for_values(code: str) -> None:
    with (Path(settings.LOCALE_PATHS[0]) / code / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled: dict[Any, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # all of them
    for key, words in compiled.items():
        if isinstance(key, str) and key:
            assert sorted(PLACES.findall(key)) == sorted(PLACES.findall(words)), key


def test_every_language_is_named_in_itself() -> None:
    for code, name in LANGUAGES:
        assert translation.get_language_info(code)["name_local"] == name
