"""The tutorial's forms."""

import pytest

from console.forms.start import ThingForm, WishForm


@pytest.mark.parametrize(("name", "valid"), [("my-first:device_1", True), ("a b", False), ("", False), ("a/b", False)])
def test_a_name_is_one_that_the_registry_takes(name: str, valid: bool) -> None:
    assert ThingForm({"thing_name": name}).is_valid() == valid


def test_a_wish_is_one_of_the_offered() -> None:
    assert WishForm({"led": "on"}).is_valid()
    assert not WishForm({"led": "loud"}).is_valid()
