"""The errors that callers see."""

from iot.core import errors


def test_an_error_carries_its_name_its_text_and_its_members() -> None:
    error = errors.ResourceAlreadyExistsException("Thing t1 exists", resourceId="t1")
    assert error.code == "ResourceAlreadyExistsException"
    assert (error.message, str(error), error.members) == ("Thing t1 exists", "Thing t1 exists", {"resourceId": "t1"})


def test_every_error_has_awss_name_and_no_other_ancestor() -> None:
    found = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, Exception)]
    assert len(found) > 30
    assert all(one.__bases__ == (errors.AwsError,) for one in found if one is not errors.AwsError)
    assert all(one.__name__.endswith("Exception") for one in found if one is not errors.AwsError)
