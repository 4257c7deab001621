"""Mosquitto: what its versions lack, its configuration, its passwords."""

import base64
import hashlib
from pathlib import Path

import pytest

from iot.management.broker import mosquitto
from iot.management.broker.mosquitto import Listening, Mosquitto, Version

DIRECTORY = Path("/data/broker")


def lines(version: Version, *, durable: bool = False, path: str = "/nowhere/sbin/mosquitto") -> list[str]:
    return mosquitto.configuration(Mosquitto(path, version), DIRECTORY, 1884, "me", durable=durable).splitlines()


def test_the_one_on_this_machine_is_found() -> None:
    found = mosquitto.find()
    assert found is not None
    assert found.version >= (2, 0, 0)
    assert found.name.startswith("Mosquitto 2.")


def test_an_old_one_lacks_what_a_new_one_does() -> None:
    assert len(Mosquitto("", (2, 0, 11)).lacks) == 3
    assert Mosquitto("", (2, 0, 22)).lacks == ()


@pytest.mark.parametrize(("version", "limit"), [((2, 0, 11), 0), ((2, 0, 22), 1_000_000), ((2, 1, 2), 1_000_000)])
def test_only_the_leaking_versions_get_queues_without_a_limit(version: Version, limit: int) -> None:
    assert f"max_queued_messages {limit}" in lines(version)


def test_it_listens_on_loopback_with_a_password_and_without_delay() -> None:
    written = lines((2, 0, 22))
    assert {"listener 1884 127.0.0.1", "allow_anonymous false", "set_tcp_nodelay true"} <= set(written)
    assert {"max_packet_size 200000", "persistence true", "queue_qos0_messages false"} <= set(written)
    assert "listener 0 /data/broker/socket" in written


def test_a_long_path_or_a_blank_means_no_unix_socket() -> None:
    assert mosquitto.socket_path(Path("/a b")) is None
    assert mosquitto.socket_path(Path("/" + "a" * 120)) is None


def test_durable_means_saving_on_every_change() -> None:
    assert "autosave_on_changes true" in lines((2, 0, 22), durable=True)
    assert "autosave_on_changes true" not in lines((2, 0, 22))


@pytest.mark.parametrize("folder", ["lib", "lib64", "lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu/mosquitto"])
def test_durable_is_a_database_from_the_version_that_has_one(tmp_path: Path, folder: str) -> None:
    plugin = tmp_path / folder / "mosquitto_persist_sqlite.so"
    plugin.parent.mkdir(parents=True)
    plugin.touch()
    path = str(tmp_path / "sbin" / "mosquitto")
    written = lines((2, 1, 2), durable=True, path=path)
    assert {f"plugin {plugin}", "plugin_opt_flush_period 0"} <= set(written)
    assert "autosave_on_changes true" in lines((2, 0, 22), durable=True, path=path)


def test_a_password_line_is_what_mosquitto_checks() -> None:
    name, _, kind, rounds, salt, digest = mosquitto.password_line("u", "secret").strip().replace(":", "$").split("$")
    made = hashlib.pbkdf2_hmac("sha512", b"secret", base64.b64decode(salt), int(rounds))
    assert (name, kind, base64.b64decode(digest)) == ("u", "7", made)


def test_the_url_says_how_to_reach_it() -> None:
    assert Listening(1884, "u", "p").url == "mqtt://u:p@127.0.0.1:1884"
