"""The operations that are served, and those that are not."""

import inspect
from pathlib import Path

import pytest
from django.conf import settings

from iot.api import registry
from iot.api.model import operations, own_operations


def test_what_is_grouped_or_slow_is_served() -> None:
    served = registry.served()
    assert set(served) >= registry._GROUPED | registry._SLOW
    assert not registry._GROUPED & registry._SLOW


@pytest.mark.parametrize("key", registry.served(), ids=lambda key: "/".join(key))
def test_a_handlers_keywords_are_the_input_members_in_snake_case(key: tuple[str, str]) -> None:
    shape = {**operations(), **own_operations()}[key].input
    members = {registry.keyword(name) for name in shape.members} if shape is not None else set()
    parameters = inspect.signature(registry.served()[key]).parameters
    keywords = {name for name, one in parameters.items() if one.kind is inspect.Parameter.KEYWORD_ONLY}
    assert keywords == members
    assert [name for name in parameters if name not in keywords] == ["caller"]
    required = {registry.keyword(name) for name in shape.required_members} if shape is not None else set()
    assert {name for name in keywords if parameters[name].default is inspect.Parameter.empty} <= required


def test_served_and_unserved_together_are_all() -> None:
    served, unserved = set(registry.served()), set(registry.unserved())
    assert not served & unserved
    assert served | unserved == set(operations()) | set(own_operations())
    assert served >= set(own_operations())
    assert len(operations()) == 288


def test_the_whole_data_plane_is_served() -> None:
    assert [name for service, name in registry.unserved() if service == "iot-data"] == []


@pytest.mark.parametrize("key", registry.served(), ids=lambda key: "/".join(key))
def test_a_handler_is_named_after_its_operation(key: tuple[str, str]) -> None:
    assert registry.served()[key].__name__ == registry.keyword(key[1])


def test_the_page_of_the_api_names_all_that_is_not_served() -> None:
    page = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
    _, _, listed = page.partition("say their name:")
    names = listed.strip().removesuffix(".").replace("\n", " ").split(", ")
    assert names == sorted(name for _, name in registry.unserved())
    assert f"{len(registry.served())} operations are served" in page
