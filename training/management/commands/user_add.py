"""Give somebody an account, or another role and password: manage.py user_add NAME --role annotator."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from attrx_web.accounts import user_ensure
from attrx_web.roles import Role
from catalog.errors import CatalogError
from catalog.services.scopes import scopes_set


class Command(BaseCommand):
    help = (
        "Create a user with a role, or give an existing one this role and password. Asks for it twice; "
        "reads it from the first line of input where nobody types."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="to sign in with: letters, digits and @ . + - _")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        parser.add_argument(
            "--vertical",
            action="append",
            metavar="CODE",
            help="limits the user to this vertical; give it once for each (without: nothing changes)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name, role = options["name"], Role(options["role"])
        password = _password()
        user = User(username=name)
        try:
            user.clean_fields(exclude=["password"])
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(f"{name}: {' '.join(error.messages)}", returncode=2) from error
        try:
            with transaction.atomic():
                user = user_ensure(username=name, password=password, role=role)
                if (verticals := options["vertical"]) is not None:
                    scopes_set(person=user, verticals=verticals)
        except CatalogError as error:
            raise CommandError(f"--vertical: {error}", returncode=2) from error
        self.stdout.write(f"{name} may sign in, as {role}")


def _password() -> str:
    """What is typed twice without being shown, or the first line of input.

    Raises:
        CommandError: when the two differ.
    """
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass("Password: ")
    if getpass("Again: ") != password:
        raise CommandError("the two passwords differ: nothing was changed", returncode=2)
    return password
