from iot.rules.packing import pack_request, unpack_request


def test_a_request_comes_back_as_it_was() -> None:
    request = {
        "body": b"\x00\xff",
        "text": "ü",
        "number": 1.5,
        "none": None,
        "list": [b"x", {"deep": b"y"}],
        "batch": {"size": 10, "of": "r dt/a"},
    }
    assert unpack_request(pack_request(request)) == request
