"""One part of an installation as a child process: started, listened to, started again when it dies, ended.

A part leads its own process group, so that a Ctrl-C in the terminal reaches the supervisor alone and that what a dead
part has left behind (its workers) can be ended before it is started again. Where the system can do it, a part ends
with the supervisor, however that ends. A part says that it serves by a line that begins with `ready`.
"""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

FIRST_DELAY = 0.1
LONGEST_DELAY = 10.0
STEADY_SECONDS = 30.0
LINE_BYTES = 1024 * 1024
Say = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to start: its name, command line, environment, and the address whose answering means that it serves."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None


class Part:
    """A part that is kept running until `stop`."""

    def __init__(self, plan: Plan, run: Path, say: Say) -> None:
        self.plan = plan
        self.ready = asyncio.Event()
        self.failures = 0
        self._pid_file = run / f"{plan.name}.pid"
        self._say = say
        self._stopping = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None

    async def keep(self) -> None:
        """Run the part, again and again, until it is stopped."""
        delay = FIRST_DELAY
        while not self._stopping.is_set():
            started = time.monotonic()
            code = await self._run()
            if self._stopping.is_set():
                return
            self.ready.clear()
            self.failures += 1
            if time.monotonic() - started > STEADY_SECONDS:
                delay = FIRST_DELAY
            self._say(self.plan.name, f"ended ({_reason(code)}); starting it again in {delay:g} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)
            delay = min(delay * 2, LONGEST_DELAY)

    def stop(self) -> None:
        """Ask the part to end and do not start it again."""
        self._stopping.set()
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()

    def kill(self) -> None:
        """End the part at once, with all that it has started."""
        self._stopping.set()
        if self._process is not None:
            _kill_group(self._process.pid)

    async def _run(self) -> int:
        read, write = os.pipe()
        try:
            process = self._process = await asyncio.create_subprocess_exec(
                *_tied(self.plan.command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write,
                stderr=write,
                env={**os.environ, **self.plan.environment},
                process_group=0,
            )
        finally:
            os.close(write)
        self._pid_file.write_text(str(process.pid))
        if self._stopping.is_set():
            process.terminate()
        listening = asyncio.create_task(self._listen(read))
        watching = asyncio.create_task(self._watch())
        code = await process.wait()
        _kill_group(process.pid)
        watching.cancel()
        await listening
        return code

    async def _listen(self, descriptor: int) -> None:
        reader = asyncio.StreamReader(limit=LINE_BYTES)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
        )
        with suppress(ValueError):
            async for line in reader:
                text = line.decode(errors="replace").rstrip()
                if text.startswith("ready"):
                    self.ready.set()
                elif text:
                    self._say(self.plan.name, text)
        transport.close()

    async def _watch(self) -> None:
        while self.plan.port is not None and not self.ready.is_set():
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.plan.port)
                writer.close()
                self.ready.set()
            await asyncio.sleep(0.02)


def _tied(command: tuple[str, ...]) -> tuple[str, ...]:
    """Tie a command's life to ours where `setpriv` can (Linux)."""
    setpriv = shutil.which("setpriv")
    return command if setpriv is None else (setpriv, "--pdeathsig", "TERM", "--", *command)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _reason(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
