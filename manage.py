#!/usr/bin/env python
"""Django's command line for attrx: `python manage.py help` lists the commands."""

import os
import sys

from attrx_web.env import EnvError


def main() -> None:
    """Run one command; a bad environment ends with its message and exit code 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "attrx_web.settings")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except EnvError as error:
        print(f"manage.py: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
