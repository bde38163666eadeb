"""Who is limited to which verticals: written by a service, told in the audit log."""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from attrx_web.auditlog.actions import Action
from attrx_web.auditlog.models import Event
from attrx_web.roles import Role
from catalog.errors import CatalogError
from catalog.forms.scopes import ScopesField
from catalog.models import VerticalScope
from catalog.models.scopes import scope_of
from catalog.selectors.scopes import scopes_of
from catalog.services.scopes import scopes_set
from tests.factories import PASSWORD, VerticalFactory, user_with

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def verticals() -> None:
    for position, code in enumerate(("kurta", "lamp", "watch"), 1):
        VerticalFactory.create(code=code, position=position)


def codes(person: User) -> list[str]:
    rows = VerticalScope.objects.filter(person=person).order_by("vertical__position")
    return list(rows.values_list("vertical__code", flat=True))


def test_a_person_is_limited_and_set_free_again() -> None:
    anna, olga = user_with(Role.ANNOTATOR, "anna"), user_with(Role.ADMIN, "olga")
    assert scope_of(anna) is None
    assert scopes_set(person=anna, verticals=["watch", "kurta"], by=olga)
    assert not scopes_set(person=anna, verticals=["kurta", "watch"], by=olga)
    assert codes(anna) == ["kurta", "watch"]
    assert [one.code for one in scopes_of([anna, olga])[anna.pk]] == ["kurta", "watch"]
    scopes_set(person=anna, verticals=["lamp"], by=olga)
    assert codes(anna) == ["lamp"] and len(scope_of(anna) or ()) == 1
    scopes_set(person=anna, verticals=[], by=olga)
    assert codes(anna) == [] and scope_of(anna) is None
    events = Event.objects.filter(action=Action.SCOPES_SET).order_by("pk")
    assert [(event.before, event.after, event.person) for event in events] == [
        ({"verticals": []}, {"verticals": ["kurta", "watch"]}, "olga"),
        ({"verticals": ["kurta", "watch"]}, {"verticals": ["lamp"]}, "olga"),
        ({"verticals": ["lamp"]}, {"verticals": []}, "olga"),
    ]


def test_a_vertical_that_is_not_there_changes_nothing() -> None:
    anna = user_with(Role.ANNOTATOR, "anna")
    scopes_set(person=anna, verticals=["kurta"])
    with pytest.raises(CatalogError, match="no vertical 'sofa'"):
        scopes_set(person=anna, verticals=["lamp", "sofa"])
    assert codes(anna) == ["kurta"]


def test_an_admin_is_not_limited_and_becomes_free_when_made_one() -> None:
    anna = user_with(Role.ANNOTATOR, "anna")
    scopes_set(person=anna, verticals=["kurta"])
    anna = user_with(Role.ADMIN, "anna")
    assert scope_of(anna) is None
    with pytest.raises(CatalogError, match="admin"):
        scopes_set(person=anna, verticals=["lamp"])


def test_the_command_limits_whom_it_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.management.commands.user_add._password", lambda: PASSWORD)
    call_command("user_add", "anna", role="annotator", vertical=["kurta", "lamp"])
    assert list(VerticalScope.objects.values_list("vertical__code", flat=True)) == ["kurta", "lamp"]
    call_command("user_add", "anna", role="reviewer")
    assert VerticalScope.objects.count() == 2
    with pytest.raises(CommandError, match="--vertical: there is no vertical 'sofa'"):
        call_command("user_add", "bo", role="annotator", vertical=["sofa"])
    assert not VerticalScope.objects.filter(person__username="bo").exists()


def test_the_field_offers_every_vertical_and_takes_no_other() -> None:
    field = ScopesField()
    assert all(field.valid_value(code) for code in ("kurta", "lamp", "watch"))
    assert field.clean(["lamp"]) == ["lamp"]
    assert field.clean([]) == []
    assert not field.valid_value("sofa")
