import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from attrx_web.accounts import roles_ensure, user_ensure
from attrx_web.roles import Role, role_required
from tests.factories import UserFactory, user_with

pytestmark = pytest.mark.django_db


@role_required(Role.REVIEWER)
def review(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(f"reviewed {number}")


def visit(user: User | AnonymousUser) -> HttpResponse:
    request = RequestFactory().get("/review/")
    request.user = user
    response = review(request, 7)
    assert isinstance(response, HttpResponse)
    return response


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ADMIN])
def test_the_role_and_admins_are_let_in(role: Role) -> None:
    assert visit(user_with(role)).content == b"reviewed 7"


def test_another_role_is_refused() -> None:
    with pytest.raises(PermissionDenied, match="This page is for: admin, reviewer."):
        visit(user_with(Role.ANNOTATOR))


def test_a_user_without_role_is_refused() -> None:
    with pytest.raises(PermissionDenied):
        visit(UserFactory.create())


def test_a_visitor_is_sent_to_the_login_page() -> None:
    response = visit(AnonymousUser())
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/review/")


def test_every_role_has_its_group_once() -> None:
    roles_ensure()
    roles_ensure()
    assert set(Group.objects.values_list("name", flat=True)) == set(Role)


def test_a_user_is_made_and_brought_up_to_date() -> None:
    user_ensure(username="kim", password="first", role=Role.ADMIN)
    user = user_ensure(username="kim", password="second", role=Role.ANNOTATOR)
    assert User.objects.get() == user
    assert user.check_password("second")
    assert [group.name for group in user.groups.all()] == ["annotator"]
    assert not user.is_staff
    assert not user.is_superuser


def test_the_same_user_again_stays_logged_in() -> None:
    first = user_ensure(username="kim", password="first", role=Role.ADMIN).password
    assert user_ensure(username="kim", password="first", role=Role.ADMIN).password == first


def test_an_admin_may_use_the_admin_site() -> None:
    admin = user_with(Role.ADMIN)
    assert (admin.is_staff, admin.is_superuser) == (True, True)
