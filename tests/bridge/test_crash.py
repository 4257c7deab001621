import os
import signal
import subprocess
import sys

import pytest

PROGRAM = "from iot.bridge.crash import crash_point; crash_point('after-work'); print('alive')"


@pytest.mark.parametrize(("named", "code"), [("", 0), ("after-claim", 0), ("after-work", -signal.SIGKILL)])
def test_the_process_dies_only_at_the_place_that_is_named(named: str, code: int) -> None:
    environment = {**os.environ, "THINGSTEAD_CRASH_AT": named}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stdout == ("alive\n" if code == 0 else "")
