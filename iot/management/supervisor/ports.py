"""Whether a port can be listened on, and which one is free."""

import errno
import socket
from collections.abc import Mapping


class Taken(Exception):
    """A port that another program listens on, or that we may not use."""


def demand_free(host: str, ports: Mapping[str, int]) -> None:
    """Demand that each port (by the flag that chooses it) is free and all differ. Raises Taken."""
    seen: dict[int, str] = {}
    for flag, port in ports.items():
        if port in seen:
            raise Taken(f"{seen[port]} and {flag} are both {port}; each needs a port of its own.")
        seen[port] = flag
        reason = _reason(host, port)
        if reason:
            raise Taken(f"Port {port} on {host} {reason}; choose another one with {flag} PORT.")


def is_free(port: int) -> bool:
    """Say whether a port on the loopback address can be listened on."""
    return not _reason("127.0.0.1", port)


def free() -> int:
    """Answer a free port on the loopback address."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _reason(host: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, port))
            one.listen(1)
        except PermissionError:
            return "needs more rights than this user has"
        except OSError as error:
            return (
                "is taken by another program"
                if error.errno == errno.EADDRINUSE
                else f"cannot be used ({error.strerror})"
            )
        except OverflowError:
            return "is not a port"
    return ""
