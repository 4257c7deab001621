"""A peer that is gone without a word is found out by the kernel, also where MQTT's keep-alive is off."""

from tests.stack import Stack

from .conftest import Dial

KEEP_ALIVE_TIMER = "02"


def timer(stack: Stack, port: int) -> str:
    """Answer which of the kernel's timers runs for the gateway's end of a connection."""
    with open(f"/proc/{stack.pid('gateway')}/net/tcp") as lines:
        rows = [line.split() for line in lines][1:]
    ends = f":{stack.mqtt_port:04X}", f":{port:04X}"
    (row,) = [row for row in rows if row[1].endswith(ends[0]) and row[2].endswith(ends[1])]
    return row[5].partition(":")[0]


def test_the_kernel_watches_a_connection_without_keep_alive(stack: Stack, dial: Dial) -> None:
    device = dial(version=4)
    device.connect(keep_alive=0)
    port = device.socket.getsockname()[1]
    stack.wait_for(lambda: timer(stack, port) == KEEP_ALIVE_TIMER)  # once all that was sent is acknowledged
