"""Where a person goes: every page of the site, with what its address needs, in the role that uses it most."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from attrx_web.auditlog.models import Event
from attrx_web.roles import Role
from catalog.models import Attribute, Listing
from tests.browser.showroom.world import World
from training.drilldown import Gold, Judged, listings_address

Draw = Callable[[World], tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Visit:
    """A page, as somebody opens it."""

    name: str
    role: Role | None = Role.ADMIN
    """None: nobody has signed in."""
    draw: Draw = lambda world: ()
    """What the address needs."""
    query: Callable[[World], Mapping[str, object]] = lambda world: {}
    called: str = ""
    """Of its pictures, where the page is visited more than once."""

    def address(self, world: World) -> str:
        query = urlencode(self.query(world))
        return f"{reverse(self.name, args=self.draw(world))}{'?' if query else ''}{query}"

    @property
    def picture(self) -> str:
        return self.called or self.name.replace(":", "-").replace("_", "-")


def _kurta(world: World) -> tuple[object, ...]:
    return ("kurta",)


def _color(world: World) -> tuple[object, ...]:
    return ("kurta", "color")


def _round(world: World) -> tuple[object, ...]:
    return (world.rounds[1].pk,)


def _wrong(world: World) -> dict[str, str]:
    """What the first round's SFT got wrong."""
    address = listings_address(Gold(world.rounds[0].pk, 0, Judged.WRONG))
    return dict(part.split("=") for part in address.partition("?")[2].split("&"))


def _grid(world: World) -> dict[str, object]:
    """The reviews that share a question and an answer."""
    return {"attribute": Attribute.objects.get(vertical__code="watch", code="color").pk, "answer": "black"}


VISITS = (
    Visit("account_login", None),
    Visit("account_logout", Role.VIEWER),
    Visit("account_inactive", None),
    Visit("account_reset_password", None),
    Visit("account_reset_password_done", None),
    Visit("account_reset_password_from_key", None, draw=lambda world: world.reset_link),
    Visit(
        "account_reset_password_from_key",
        None,
        draw=lambda world: ("1", "no-such-link"),
        called="account-reset-password-gone",
    ),
    Visit("account_reset_password_from_key_done", None),
    Visit("socialaccount_login_cancelled", None),
    Visit("accounts:accept", None, draw=lambda world: (world.invitation,)),
    Visit("accounts:account", Role.VIEWER),
    Visit("accounts:people"),
    Visit("accounts:person", draw=lambda world: (world.person.pk,)),
    Visit("account_change_password", Role.VIEWER),
    Visit("mfa_index", Role.VIEWER),
    Visit("training:rounds", Role.VIEWER, called="training-rounds-viewer"),
    Visit("training:listings", Role.VIEWER, called="training-listings-viewer"),
    Visit("training:listing", Role.VIEWER, lambda world: (world.gold.external_id,), called="listing-viewer"),
    Visit("training:health_alerts", Role.VIEWER, called="training-health-alerts-viewer"),
    Visit("catalog:imports"),
    Visit("catalog:import_new"),
    Visit("catalog:import", draw=lambda world: (world.checked.pk,)),
    Visit("catalog:import_columns", draw=lambda world: (world.opened.pk,)),
    Visit("catalog:import_preview", draw=lambda world: (world.opened.pk,)),
    Visit("catalog:import_problems", draw=lambda world: (world.checked.pk,)),
    Visit("catalog:splits", Role.REVIEWER),
    Visit("catalog:splits_vertical", draw=_kurta),
    Visit("catalog:schema"),
    Visit("catalog:schema_new"),
    Visit("catalog:schema_import"),
    Visit("catalog:schema_taxonomy"),
    Visit("catalog:schema_vertical", draw=_kurta),
    Visit("catalog:schema_attribute_new", draw=_kurta),
    Visit("catalog:schema_attribute", draw=_color),
    Visit("catalog:schema_review", draw=_kurta),
    Visit("catalog:schema_history", draw=_kurta),
    Visit("labeling:import"),
    Visit("labeling:teacher"),
    Visit("labeling:teacher_new"),
    Visit("labeling:teacher_run", draw=lambda world: (world.teacher.pk,)),
    Visit("labeling:teacher_unread", draw=lambda world: (world.teacher.pk,)),
    Visit("labeling:teacher_record", draw=lambda world: (world.teacher.pk,)),
    Visit("labeling:board", Role.ANNOTATOR, called="labeling-board-annotator"),
    Visit("labeling:board"),
    Visit("labeling:people"),
    Visit("labeling:people_person", draw=lambda world: (world.person.pk,)),
    Visit("labeling:settings"),
    Visit("labeling:adjudication", Role.REVIEWER),
    Visit("labeling:agreement", Role.REVIEWER),
    Visit("labeling:agreement_vertical", Role.REVIEWER, lambda world: ("handbag",)),
    Visit("labeling:agreement_attribute", Role.REVIEWER, lambda world: ("handbag", "color")),
    Visit("labeling:flags", Role.REVIEWER),
    Visit("labeling:mentions", Role.ANNOTATOR),
    Visit("labeling:grid", Role.REVIEWER, called="labeling-grid-choice"),
    Visit("labeling:grid", Role.REVIEWER, query=_grid),
    Visit("labeling:seeds"),
    Visit("labeling:seeds_vertical", draw=_kurta),
    Visit("labeling:work", Role.ANNOTATOR, query=lambda world: {"purpose": "seed"}),
    Visit(
        "labeling:work", Role.REVIEWER, query=lambda world: {"purpose": "review"}, called="labeling-review"
    ),
    Visit("labeling:work_back", Role.ANNOTATOR),
    Visit("training:rounds"),
    Visit("training:new"),
    Visit("training:round", draw=_round),
    Visit("training:round", draw=lambda world: (world.running.pk,), called="training-round-running"),
    Visit("training:chains", draw=_round, query=lambda world: {"show": "split"}),
    Visit("training:compare", query=lambda world: {"a": f"round-{world.rounds[1].pk}"}),
    Visit("training:versions"),
    Visit("training:predict"),
    Visit("training:version", draw=lambda world: (world.version.pk,)),
    Visit("training:review", Role.REVIEWER),
    Visit("training:review_consensus", Role.REVIEWER),
    Visit("training:routings"),
    Visit("training:routing_new"),
    Visit("training:routing", draw=lambda world: (world.routing.pk,)),
    Visit("training:workers"),
    Visit("training:accuracy"),
    Visit("training:accuracy_vertical", draw=_kurta),
    Visit("training:accuracy_attribute", draw=_color),
    Visit("training:people"),
    Visit("training:people_me", Role.ANNOTATOR),
    Visit("training:people_person", draw=lambda world: (world.person.pk,)),
    Visit("training:loop", Role.REVIEWER),
    Visit("training:loop", query=lambda world: {"vertical": "kurta"}, called="training-loop-vertical"),
    Visit("training:studies", Role.VIEWER),
    Visit("training:study", draw=lambda world: (world.study.pk,)),
    Visit("training:health"),
    Visit("training:health_alerts"),
    Visit("training:health_rules"),
    Visit("training:health_vertical", draw=_kurta),
    Visit("training:listings"),
    Visit("training:listings", query=lambda world: {"layout": "grid"}, called="training-listings-grid"),
    Visit("training:listings", query=_wrong, called="training-listings-gold"),
    Visit(
        "training:listing", draw=lambda world: (world.gold.external_id,), query=lambda world: {"chains": 1}
    ),
    Visit("training:listing", draw=lambda world: (_predicted(),), called="training-listing-pool"),
    Visit("training:export"),
    Visit("tokens:tokens", Role.ANNOTATOR),
    Visit("audit:log"),
    Visit("audit:event", draw=lambda world: (Event.objects.filter(before__isnull=False)[0].pk,)),
)

NOT_OPENED = {
    "account_reauthenticate": "asked for before changes; tests/browser/test_accounts.py looks at it",
    "account_set_password": "leads to the account",
    "mfa_authenticate": "in the middle of logging in; tests/browser/test_accounts.py looks at it",
    "mfa_reauthenticate": "as account_reauthenticate",
    "mfa_reauthenticate_webauthn": "as account_reauthenticate",
    "mfa_activate_totp": "after showing who one is; tests/browser/test_accounts.py looks at it",
    "mfa_deactivate_totp": "as mfa_activate_totp",
    "mfa_view_recovery_codes": "as mfa_activate_totp",
    "mfa_generate_recovery_codes": "as mfa_activate_totp",
    "mfa_download_recovery_codes": "a file",
    "mfa_list_webauthn": "tests/browser/test_accounts.py looks at it",
    "mfa_add_webauthn": "as mfa_activate_totp",
    "mfa_edit_webauthn": "as mfa_activate_totp",
    "mfa_remove_webauthn": "as mfa_activate_totp",
    "mfa_login_webauthn": "for the page of logging in",
    "socialaccount_login_error": "answers 401; it is as the page of a login that was cancelled",
    "openid_connect_login": "leads to the issuer",
    "openid_connect_callback": "where the issuer leads back to",
    "healthz": "for load balancers",
    "readyz": "for load balancers",
    "metrics": "for Prometheus, which has a token",
    "training:latest": "leads to the newest round",
    "catalog:schema_categories": "of an upload that a form names; tests/browser/test_schema.py looks at it",
    "catalog:import_status": "a part of the page of an import",
    "labeling:teacher_status": "a part of the page of a run",
    "training:status": "a part of the page of a round",
    "training:routing_status": "a part of the page of a routing",
    "training:listing_count": "a part of the list",
    "training:listing_choices": "a part of the list's filters",
    "catalog:photo": "a file",
    "catalog:import_photo": "a file",
    "catalog:import_errors": "a file",
    "catalog:schema_csv": "a file",
    "catalog:schema_json": "a file",
    "training:manifest": "a file",
    "training:study_document": "a file",
    "training:version_download": "a file",
    "training:export_file": "a file",
    "audit:csv": "a file",
    "audit:jsonl": "a file",
    "labeling:api_item": "for the page of work",
    "labeling:api_similar": "for the page of work",
    "labeling:api_schema": "for the page of work",
    "labeling:api_history": "for the page of work",
    "labeling:work_session": "for the page of work",
    "labeling:work_finished": "for the page of work",
}
"""Addresses that answer, but that nobody opens as a page, and why."""


def _predicted() -> str:
    """A listing of the pool that waits for review."""
    return Listing.objects.filter(vertical__code="kurta", split="pool").order_by("external_id")[0].external_id
