"""Who may call what: every address of the site against every role, read from the URLconf.

A new address fails until a line of RULES says whom it is for.
"""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from attrx_web.roles import Role
from tests.addresses import addresses
from tests.factories import PASSWORD, user_with

ANYBODY, NOBODY = "anybody", "no role"
VISITORS = (ANYBODY, NOBODY, *Role)
"""Signed out; signed in without a role; with one."""

PUBLIC = frozenset(VISITORS)
SIGNED_IN = PUBLIC - {ANYBODY}
EVERYBODY = frozenset(Role)
WORKERS = EVERYBODY - {Role.VIEWER}
READERS = frozenset({Role.VIEWER, Role.REVIEWER, Role.ADMIN})
REVIEWERS = frozenset({Role.REVIEWER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
MACHINES: frozenset[str] = frozenset()
"""Whoever has a token, which no visitor has: tests/training/test_monitoring.py."""

RULES: Mapping[str, tuple[frozenset[str], str]] = {
    "site": (
        PUBLIC,
        "healthz readyz labeling:work_session api:openapi api:docs api:nowhere account_login account_logout "
        "account_inactive account_reset_password account_reset_password_done "
        "account_reset_password_from_key account_reset_password_from_key_done accounts:accept "
        "socialaccount_login_cancelled openid_connect_login "
        "openid_connect_callback",
    ),
    # Those in the middle of logging in have no session yet: for the test they are led back to its beginning.
    "one's own account": (
        SIGNED_IN,
        "account_reauthenticate account_change_password account_set_password mfa_index mfa_authenticate "
        "mfa_reauthenticate mfa_activate_totp mfa_deactivate_totp mfa_view_recovery_codes "
        "mfa_generate_recovery_codes mfa_download_recovery_codes mfa_list_webauthn mfa_add_webauthn "
        "mfa_reauthenticate_webauthn mfa_remove_webauthn mfa_edit_webauthn mfa_login_webauthn "
        "accounts:account accounts:session_end accounts:sessions_end",
    ),
    "people": (
        ADMINS,
        "accounts:people accounts:person accounts:person_reset_link accounts:person_close "
        "accounts:person_open accounts:person_sessions_end accounts:person_factor_remove accounts:invite "
        "accounts:invitation_revoke",
    ),
    "looking": (
        EVERYBODY,
        "training:latest catalog:photo tokens:tokens tokens:revoke api:vertical-list api:vertical-detail",
    ),
    "watching": (MACHINES, "metrics"),
    # It says 401 to everybody: that the issuer did not vouch for them.
    "saying no": (frozenset(), "socialaccount_login_error"),
    "work": (
        WORKERS,
        "labeling:board labeling:mentions labeling:mentions_seen labeling:work "
        "labeling:work_back labeling:work_finished labeling:api_lease labeling:api_outbox "
        "labeling:api_heartbeat labeling:api_release labeling:api_item labeling:api_similar "
        "labeling:api_schema labeling:api_history training:people training:people_me "
        "api:work-lease api:work-messages "
        "api:work-heartbeat api:work-release api:work-history",
    ),
    "review": (
        REVIEWERS,
        "labeling:adjudication labeling:send_back labeling:agreement labeling:agreement_vertical "
        "labeling:agreement_attribute labeling:flags labeling:flags_resolve labeling:grid training:review "
        "training:review_consensus training:health_acknowledge training:label_restore training:saved_views "
        "training:saved_view training:export training:export_file api:label-list api:label-detail "
        "api:task-list api:task-detail api:exports training:predict api:predict",
    ),
    "what models do": (
        READERS,
        "training:rounds training:round training:status training:compare training:chains "
        "training:versions training:version training:workers training:health training:health_alerts "
        "training:routings training:routing training:routing_status training:health_vertical "
        "training:accuracy training:accuracy_vertical training:accuracy_attribute training:loop "
        "training:studies training:study training:study_document api:study-list api:study-detail "
        "api:round-list api:round-detail api:version-list api:version-detail api:version-history "
        "api:metric-list api:routing-list api:routing-detail api:accepted api:accepted-changes",
    ),
    "listings": (
        READERS,
        "catalog:splits catalog:splits_vertical training:listings training:listing training:listing_count "
        "training:listing_choices api:listing-list api:listing-detail",
    ),
    "catalogue": (
        ADMINS,
        "catalog:imports catalog:import_new catalog:import catalog:import_columns catalog:import_reread "
        "catalog:import_preview catalog:import_photo catalog:import_check catalog:import_load "
        "catalog:import_cancel catalog:import_resume catalog:import_again catalog:import_discard "
        "catalog:import_status catalog:import_problems catalog:import_errors catalog:splits_move "
        "training:listing_actions audit:log audit:event audit:csv audit:jsonl api:audit-list "
        "api:audit-detail api:import-list api:import-detail api:import-check api:import-load "
        "api:import-cancel api:import-resume api:import-problems",
    ),
    "schema": (
        ADMINS,
        "catalog:schema catalog:schema_new catalog:schema_import catalog:schema_csv catalog:schema_json "
        "catalog:schema_taxonomy catalog:schema_categories catalog:schema_vertical "
        "catalog:schema_attribute_new catalog:schema_attribute catalog:schema_preview_new "
        "catalog:schema_preview catalog:schema_review catalog:schema_publish catalog:schema_discard "
        "catalog:schema_rebase catalog:schema_history catalog:schema_restore",
    ),
    "labels": (
        ADMINS,
        "labeling:import labeling:record_claims labeling:teacher labeling:teacher_new "
        "labeling:teacher_estimate labeling:teacher_start labeling:teacher_run labeling:teacher_status "
        "labeling:teacher_unread labeling:teacher_cancel labeling:teacher_resume labeling:teacher_record "
        "labeling:people labeling:people_person labeling:people_assign training:people_person "
        "training:people_count labeling:settings "
        "labeling:settings_rule labeling:settings_again labeling:seeds labeling:seeds_vertical "
        "labeling:seeds_confirm",
    ),
    "training": (
        ADMINS,
        "training:new training:estimate training:start training:manifest training:resume training:cancel "
        "training:version_rollback training:version_check training:version_promote training:version_download "
        "training:routing_new training:routing_confirm training:routing_resume training:routing_cancel "
        "training:worker_drain training:worker_undrain training:health_compute training:health_rules "
        "training:health_rule_change training:health_rule_drop training:study_remove api:round-cancel "
        "api:round-resume api:version-promote api:version-rollback",
    ),
}
ALLOWED = {name: who for who, names in RULES.values() for name in names.split()}

STANDS_FOR = {
    "catalog:photo": {"sha256": "0" * 64, "size": "web"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "nothing"},
}
"""What stands in an address without converters; elsewhere nothing that exists."""


STANDS_FOR_KIND = {"IntConverter": 987_654, "UUIDConverter": UUID(int=1)}


def visited() -> Iterator[tuple[str, str]]:
    """(name, an address by that name)."""
    for name, parts in addresses():
        stands = {key: STANDS_FOR_KIND.get(kind, "nowhere") for key, kind in parts.items()}
        yield name, reverse(name, kwargs=STANDS_FOR.get(name, stands))


@pytest.fixture(autouse=True)
def unhurried(settings: Settings) -> None:
    """So many requests in a minute come from nobody; tests/api/test_rates.py looks at the limits."""
    settings.ATTRX_API_RATE = settings.ATTRX_API_RATE_ANONYMOUS = 1_000_000


@pytest.fixture
def clients(db: None) -> Mapping[str, Client]:
    """{visitor: a client}."""
    clients = {visitor: Client(raise_request_exception=False) for visitor in VISITORS}
    clients[NOBODY].force_login(User.objects.create_user("nora", password=PASSWORD))
    for role in Role:
        clients[role].force_login(user_with(role))
    return clients


def test_every_address_has_a_rule() -> None:
    names = [name for name, _ in visited()]
    assert len(names) == len(set(names))
    assert set(names) == set(ALLOWED)


def test_every_address_lets_in_whom_it_is_for_and_nobody_else(clients: Mapping[str, Client]) -> None:
    wrong = []
    for name, address in visited():
        if name == "account_logout":
            continue  # It lets everybody out.
        for visitor, client in clients.items():
            answers = [client.get(address), client.post(address)]
            if is_let_in(answers) != (visitor in ALLOWED[name]):
                wrong.append(f"{name}: {visitor} {[answer.status_code for answer in answers]}")
    assert not wrong


def test_nothing_that_is_nowhere_is_an_error(clients: Mapping[str, Client]) -> None:
    client = clients[Role.ADMIN]
    found = {
        address: [client.get(address).status_code, client.post(address).status_code]
        for name, address in visited()
        if name not in {"account_logout", "readyz"}  # readyz answers 503 where no Redis does.
    }
    assert not {address: codes for address, codes in found.items() if max(codes) >= 500}


def is_let_in(answers: Sequence[HttpResponseBase]) -> bool:
    """One of the methods that the address has was not refused."""
    return any(not is_refused(one) for one in answers if one.status_code != HTTPStatus.METHOD_NOT_ALLOWED)


def is_refused(answer: HttpResponseBase) -> bool:
    """The visitor may not, or is to sign in first."""
    if answer.status_code in {HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED}:
        return True
    return answer.status_code == HTTPStatus.FOUND and answer["Location"].startswith("/accounts/login/")
