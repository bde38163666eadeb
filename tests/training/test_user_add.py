import io

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from training.management.commands import user_add

pytestmark = pytest.mark.django_db


class Terminal(io.StringIO):
    """Input that somebody types."""

    def isatty(self) -> bool:
        return True


def add(name: str, *, role: str, password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    call_command("user_add", name, role=role, stdout=io.StringIO())


def roles_of(name: str) -> list[str]:
    return list(User.objects.get(username=name).groups.values_list("name", flat=True))


def test_a_user_signs_in_with_the_password_and_has_the_role(monkeypatch: pytest.MonkeyPatch) -> None:
    add("lee", role="reviewer", password="green-lamp-17", monkeypatch=monkeypatch)
    assert authenticate(username="lee", password="green-lamp-17")
    assert roles_of("lee") == ["reviewer"]


def test_a_user_that_is_there_gets_the_other_role_and_password(monkeypatch: pytest.MonkeyPatch) -> None:
    add("lee", role="admin", password="green-lamp-17", monkeypatch=monkeypatch)
    add("lee", role="annotator", password="brown-lamp-18", monkeypatch=monkeypatch)
    assert roles_of("lee") == ["annotator"]
    assert not User.objects.get(username="lee").is_superuser
    assert authenticate(username="lee", password="green-lamp-17") is None


@pytest.mark.parametrize(
    ("name", "password", "why"),
    [
        ("lee", "12345", "too short"),
        ("lee", "", "too short"),
        ("two words", "green-lamp-17", "valid username"),
    ],
)
def test_a_weak_password_or_a_name_that_cannot_be_is_refused(
    name: str, password: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match=why) as refused:
        add(name, role="admin", password=password, monkeypatch=monkeypatch)
    assert refused.value.returncode == 2
    assert not User.objects.exists()


def test_a_password_that_is_typed_differently_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["green-lamp-17", "green-lamp-71"])
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr(user_add, "getpass", lambda prompt: next(typed))
    with pytest.raises(CommandError, match="the two passwords differ"):
        call_command("user_add", "lee", role="admin")
    assert not User.objects.exists()
