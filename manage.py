#!/usr/bin/env python
"""Django's command line for Thingstead."""

import os
import sys

from django.core.management import execute_from_command_line

DATA = "--data"


def main(arguments: list[str]) -> None:
    """Run a command. `--data DIR` may stand behind any: the settings are read from there, so it is taken out first."""
    rest = []
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if name == DATA:
            directory = value if equals else next(words, "")
            if not directory:
                sys.exit(f"{DATA} needs a directory")
            os.environ["THINGSTEAD_DATA"] = directory
        else:
            rest.append(word)
    if len(rest) > 1 and not rest[1].startswith("-"):
        rest[1] = rest[1].replace("-", "_")  # import-aws is written so, and Python's modules cannot be
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    execute_from_command_line(rest)


if __name__ == "__main__":
    try:
        main(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)
