"""Operations of our own do not stand in the way of AWS's."""

from iot.api import extensions, router
from iot.api.model import operations, own_operations


def test_no_path_of_ours_is_one_of_awss() -> None:
    assert {service for service, _ in own_operations()} == {extensions.SERVICE}
    for operation in own_operations().values():
        path = "/".join(segment if isinstance(segment, str) else "1" for segment in operation.segments)
        found, _, _ = router.route(extensions.SERVICE, operation.method, path)
        assert found is operation
        for service in dict.fromkeys(service for service, _ in operations()):
            assert router.route(service, operation.method, path)[0] is None
