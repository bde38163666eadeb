"""Every response says that nothing inline runs, and no template holds anything that would have to."""

import re

import pytest
from django.test import Client

from attrx_web.env import REPOSITORY

INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>"  # a script in the page
    r"|<style\b|\sstyle=[\"']"
    r"|\son[a-z]+=[\"']"
    r"|javascript:",
    re.IGNORECASE,
)
TEMPLATES = sorted((REPOSITORY / "templates").rglob("*.html"))


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/accounts/login/", "/healthz", "/nowhere", "/"])
def test_every_response_has_the_policy(client: Client, address: str) -> None:
    policy = client.get(address)["Content-Security-Policy"]
    directives = dict(one.strip().split(" ", 1) for one in policy.split(";"))
    assert directives["default-src"] == directives["base-uri"] == directives["frame-ancestors"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == "'self'"
    assert "unsafe" not in policy


def test_no_template_holds_anything_inline() -> None:
    found = {path.name: INLINE.findall(path.read_text()) for path in TEMPLATES}
    assert not {name: inline for name, inline in found.items() if inline}


@pytest.mark.parametrize(
    "text",
    [
        "<script>go()</script>",
        '<p style="color: red">',
        "<style>",
        '<a onclick="go()">',
        '<a href="javascript:go()">',
    ],
)
def test_what_is_inline_is_found(text: str) -> None:
    assert INLINE.search(text)
