"""Brings the database and the static files to what this version of the code needs, and does nothing when they are."""

import hashlib
import subprocess
import sys
from pathlib import Path

from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from iot.services.installation import write


def migrate() -> None:
    """Apply the migrations that are missing."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def collect_static(manage: Path, root: Path) -> None:
    """Collect the static files into `root` if any of them has changed since."""
    stamp, path = _fingerprint(), root.with_name(f"{root.name}.stamp")
    if not (root.is_dir() and path.is_file() and path.read_text() == stamp):
        # A process of its own, because the settings choose the storage that hashes names only for this command.
        command = (sys.executable, str(manage), "collectstatic", "--noinput", "--clear", "--verbosity", "0")
        subprocess.run(command, check=True)
        write(path, stamp)


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            file = Path(storage.path(name)).stat()
            digest.update(f"{name} {file.st_size} {file.st_mtime_ns}\n".encode())
    return digest.hexdigest()
