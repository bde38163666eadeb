import pytest

from attrx_web.roles import Role
from catalog.errors import CatalogError
from catalog.models import SavedView
from catalog.selectors.saved_views import saved_views_of
from catalog.services.saved_views import saved_view_change, saved_view_create, saved_view_delete
from tests.factories import user_with

pytestmark = pytest.mark.django_db


def test_people_see_their_own_views_and_shared_ones() -> None:
    ada, rita = user_with(Role.REVIEWER, "ada"), user_with(Role.REVIEWER, "rita")
    saved_view_create(owner=ada, name="mine", query="q=a", shared=False)
    saved_view_create(owner=rita, name="hers", query="q=b", shared=False)
    saved_view_create(owner=rita, name="ours", query="q=c", shared=True)
    assert [view.name for view in saved_views_of(ada)] == ["mine", "ours"]
    assert [view.name for view in saved_views_of(rita)] == ["hers", "ours"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\0b"])
def test_a_view_has_a_name(name: str) -> None:
    ada = user_with(Role.REVIEWER)
    with pytest.raises(CatalogError, match="give it a name of 1 to 200 characters"):
        saved_view_create(owner=ada, name=name, query="", shared=False)


def test_a_name_is_taken_once_by_each_owner() -> None:
    ada, rita = user_with(Role.REVIEWER, "ada"), user_with(Role.REVIEWER, "rita")
    saved_view_create(owner=ada, name="odd", query="", shared=False)
    saved_view_create(owner=rita, name="odd", query="", shared=False)
    other = saved_view_create(owner=ada, name="even", query="", shared=False)
    with pytest.raises(CatalogError, match="view 'odd': you have one of this name"):
        saved_view_create(owner=ada, name=" odd ", query="", shared=False)
    with pytest.raises(CatalogError, match="view 'odd': you have one of this name"):
        saved_view_change(pk=other.pk, owner=ada, name="odd", shared=True)
    assert SavedView.objects.get(pk=other.pk).name == "even"


def test_only_the_owner_changes_and_deletes_a_view() -> None:
    ada, rita = user_with(Role.REVIEWER, "ada"), user_with(Role.ADMIN, "rita")
    view = saved_view_create(owner=ada, name="mine", query="q=a", shared=True)
    assert not saved_view_change(pk=view.pk, owner=rita, name="taken", shared=False)
    assert not saved_view_delete(pk=view.pk, owner=rita)
    assert saved_view_change(pk=view.pk, owner=ada, name="renamed", shared=False)
    view.refresh_from_db()
    assert (view.name, view.query, view.shared) == ("renamed", "q=a", False)
    assert saved_view_delete(pk=view.pk, owner=ada)
    assert not saved_view_delete(pk=view.pk, owner=ada)
