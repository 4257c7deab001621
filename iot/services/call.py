"""The one way from async code into services: a pool of threads, each with its own database connection."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

P = ParamSpec("P")
R = TypeVar("R")

_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="services")


async def call(service: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a service in a thread and answer what it returns or raise what it raises."""
    return await asyncio.get_running_loop().run_in_executor(_threads, partial(_run, service, *args, **kwargs))


def _run(service: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    close_old_connections()
    try:
        return service(*args, **kwargs)
    finally:
        close_old_connections()
