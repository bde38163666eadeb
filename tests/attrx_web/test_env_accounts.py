from typing import Any

import pytest

from attrx_web.env import EnvError
from attrx_web.env.accounts import read_accounts

ISSUER = {
    "ATTRX_OIDC_ISSUER": "https://login.example.org/realm/",
    "ATTRX_OIDC_CLIENT_ID": "attrx",
    "ATTRX_OIDC_SECRET": "a secret of the issuer",
}


def test_without_variables_nobody_comes_from_elsewhere_and_the_limits_are_known() -> None:
    accounts = read_accounts({}, debug=False)
    assert accounts.single_sign_on is None
    assert (accounts.second_factor, accounts.proxies) == (frozenset(), 1)
    assert (accounts.sign_in_rate, accounts.api_rate, accounts.api_rate_anonymous) == (30, 1200, 60)
    assert read_accounts({}, debug=True).proxies == 0


def test_an_issuer_is_read_with_its_roles() -> None:
    more = {"ATTRX_OIDC_ROLE_CLAIM": "groups", "ATTRX_OIDC_ROLES": "team a=annotator, k=v=admin"}
    found = read_accounts({**ISSUER, **more}, debug=False).single_sign_on
    assert found is not None
    assert (found.issuer, found.name, found.claim) == (
        "https://login.example.org/realm",
        "login.example.org",
        "groups",
    )
    assert found.roles == {"team a": "annotator", "k=v": "admin"}
    assert found.default_role == ""
    assert "a secret" not in repr(found)


def test_without_a_mapping_the_claim_says_roles_by_their_names() -> None:
    found = read_accounts(ISSUER, debug=False).single_sign_on
    assert found is not None and found.roles["viewer"] == "viewer"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ATTRX_OIDC_ISSUER": "http://login.example.org"}, "ATTRX_OIDC_ISSUER"),
        ({"ATTRX_OIDC_ISSUER": "login.example.org"}, "no issuer"),
        ({"ATTRX_OIDC_CLIENT_ID": ""}, "ATTRX_OIDC_CLIENT_ID is not set"),
        ({"ATTRX_OIDC_SECRET": " "}, "ATTRX_OIDC_SECRET is not set"),
        ({"ATTRX_OIDC_DEFAULT_ROLE": "boss"}, "'boss' is no role"),
        ({"ATTRX_OIDC_ROLES": "admins"}, "list what the claim says"),
        ({"ATTRX_OIDC_ROLES": "admins=boss"}, "'boss' is no role"),
        ({"ATTRX_REQUIRE_MFA": "admin,boss"}, "'boss' is no role"),
        ({"ATTRX_PROXIES": "-1"}, "ATTRX_PROXIES"),
        ({"ATTRX_API_RATE": "0"}, "ATTRX_API_RATE"),
        ({"ATTRX_SIGN_IN_RATE": "many"}, "ATTRX_SIGN_IN_RATE"),
    ],
)
def test_what_cannot_be_used_is_named_with_the_remedy(given: dict[str, Any], said: str) -> None:
    with pytest.raises(EnvError, match=said):
        read_accounts({**ISSUER, **given}, debug=False)


def test_roles_that_need_a_second_factor_are_listed() -> None:
    given = {"ATTRX_REQUIRE_MFA": "admin, reviewer"}
    assert read_accounts(given, debug=False).second_factor == {"admin", "reviewer"}
