"""How alerts leave the site is read from the environment, and what is wrong is named with its remedy."""

from pathlib import Path

import pytest

from attrx_web.env import EnvError, Mail, Webhook, read_env

MAIL = "smtp://ada:p%40ss@mail.example.org?from=attrx@example.org"
SECRET = "sixteen random characters"


def env_with(folder: Path, **said: str) -> dict[str, str]:
    return {"ATTRX_VAR_DIR": str(folder)} | said


def test_a_laptop_sends_nothing_and_links_to_itself(tmp_path: Path) -> None:
    env = read_env(env_with(tmp_path))
    assert (env.mail, env.webhook, env.site_url) == (None, None, "http://127.0.0.1:8000")


def test_a_mail_server_is_read_with_its_password_unquoted(tmp_path: Path) -> None:
    mail = read_env(env_with(tmp_path, ATTRX_MAIL_URL=MAIL)).mail
    assert mail == Mail(
        "mail.example.org", 587, "ada", "p@ss", "attrx@example.org", use_ssl=False, plain=False
    )
    assert "p@ss" not in repr(mail)


@pytest.mark.parametrize(
    ("url", "port", "use_ssl", "plain"),
    [
        ("smtps://mail.example.org?from=a@b.org", 465, True, False),
        ("smtp://localhost:25?from=a@b.org&plain=1", 25, False, True),
    ],
)
def test_tls_is_as_the_address_says(tmp_path: Path, url: str, port: int, use_ssl: bool, plain: bool) -> None:
    mail = read_env(env_with(tmp_path, ATTRX_MAIL_URL=url)).mail
    assert mail is not None
    assert (mail.port, mail.use_ssl, mail.plain) == (port, use_ssl, plain)


def test_a_webhook_is_read_and_hides_its_secret(tmp_path: Path) -> None:
    said = {"ATTRX_WEBHOOK_URL": "https://hooks.example.org/a?b=c", "ATTRX_WEBHOOK_SECRET": SECRET}
    webhook = read_env(env_with(tmp_path, **said)).webhook
    assert webhook == Webhook("https://hooks.example.org/a?b=c", SECRET)
    assert SECRET not in repr(webhook)


def test_the_sites_address_is_its_first_host_in_production(tmp_path: Path) -> None:
    said = {"ATTRX_DEBUG": "0", "ATTRX_SECRET_KEY": "s" * 50, "ATTRX_ALLOWED_HOSTS": ".example.org,other"}
    assert read_env(env_with(tmp_path, **said)).site_url == "https://example.org"
    said["ATTRX_SITE_URL"] = "https://attrx.example.org/"
    assert read_env(env_with(tmp_path, **said)).site_url == "https://attrx.example.org"


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"ATTRX_MAIL_URL": "mail.example.org"}, "which names no mail server: set it to smtp://"),
        ({"ATTRX_MAIL_URL": "smtp://host:port?from=a@b.org"}, "which cannot be read: set it to smtp://"),
        ({"ATTRX_MAIL_URL": "smtp://me:secret@host"}, "'smtp://host', which does not say who mails are from"),
        ({"ATTRX_MAIL_URL": "smtp://host?from=a@b.org&tls=1"}, "which names no mail server"),
        ({"ATTRX_WEBHOOK_URL": "hooks.example.org"}, "which is no address to post to: set it to https://"),
        ({"ATTRX_WEBHOOK_URL": "https://me:secret@host/"}, "which is no address to post to"),
        ({"ATTRX_WEBHOOK_URL": "https://[::1"}, "ATTRX_WEBHOOK_URL is 'https://[::1', which cannot be read"),
        (
            {"ATTRX_WEBHOOK_URL": "https://host/", "ATTRX_WEBHOOK_SECRET": "short"},
            "ATTRX_WEBHOOK_SECRET has 5 characters",
        ),
        (
            {"ATTRX_SITE_URL": "attrx.example.org"},
            "ATTRX_SITE_URL is 'attrx.example.org', which is no address",
        ),
    ],
)
def test_what_cannot_be_used_is_named_with_the_remedy(
    tmp_path: Path, said: dict[str, str], problem: str
) -> None:
    with pytest.raises(EnvError) as refused:
        read_env(env_with(tmp_path, **said))
    assert problem in str(refused.value)
    assert "secret" not in str(refused.value).replace("ATTRX_WEBHOOK_SECRET", "")
