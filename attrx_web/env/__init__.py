"""The only reader of the environment. A leaf: it imports no app.

| variable            | default                        | meaning                                     |
|---------------------|--------------------------------|---------------------------------------------|
| ATTRX_DEBUG         | 1                              | 0 in production: HTTPS, a secret key needed |
| ATTRX_SECRET_KEY    | made once in the var folder    | Django's secret key                         |
| ATTRX_ALLOWED_HOSTS | localhost,127.0.0.1            | host names of the site, comma-separated     |
| ATTRX_VAR_DIR       | var in the repository          | everything that attrx writes                |
| ATTRX_ARTIFACTS_DIR | artifacts in the var folder    | adapters and chains                         |
| ATTRX_FEATURES_GIB  | 8, in the var folder           | room for what models saw in photos; 0: none |
| ATTRX_BASE_MODEL    | training/ml/tiny               | base model: a folder or a hub id            |
| DATABASE_URL        | SQLite in the var folder       | postgres://user:password@host:port/name     |
| REDIS_URL           | embedded Redis                 | redis://host:port/0 or unix:///path         |
| ATTRX_MEDIA_URL     | media in the var folder        | s3://bucket/prefix?endpoint_url=&region=... |
| ATTRX_FETCH_ALLOW   | none                           | networks of one's own that may be fetched   |
|                     |                                | from: 10.1.0.0/16,192.168.7.20              |
| ATTRX_TEACHER_URL   | none: no teacher               | OpenAI-compatible: https://host/v1          |
| ATTRX_TEACHER_MODEL | needed with the address        | a vision model that the address serves      |
| ATTRX_TEACHER_KEY   | none                           | the key of the address                      |
| ATTRX_TEACHER_PRICE | none: tokens are counted only  | of a million tokens, in/out: 2.50/10 USD    |
| ATTRX_GPU_PRICE     | none: times are counted only   | of an hour of a GPU: 2.50 USD               |
| ATTRX_WORK_PRICE    | none: times are counted only   | of an hour of people's work: 30 USD         |
| ATTRX_MAIL_URL      | none: no alerts by e-mail      | smtp://user:password@host:587?from=a@b.org  |
| ATTRX_WEBHOOK_URL   | none: no alerts by webhook     | https://host/path that alerts are posted to |
| ATTRX_WEBHOOK_SECRET| needed with the address        | what alerts are signed with                 |
| ATTRX_SITE_URL      | by the first host name         | the site's address in alerts                |
| ATTRX_LOG           | line; json in production       | the form of the log                         |
| ATTRX_OIDC_ISSUER   | none: no single sign-on        | https://login.example.org/realm             |
| ATTRX_OIDC_CLIENT_ID| needed with the issuer         | how the issuer knows the site               |
| ATTRX_OIDC_SECRET   | needed with the issuer         | what the site shows it                      |
| ATTRX_OIDC_NAME     | the issuer's host              | what the button says                        |
| ATTRX_OIDC_ROLE_CLAIM| none: the issuer gives no roles| the claim that says the role               |
| ATTRX_OIDC_ROLES    | the roles by their own names   | value=role,value=role                       |
| ATTRX_OIDC_DEFAULT_ROLE| none: unknown people are denied| the role of people whom nothing gives one|
| ATTRX_REQUIRE_MFA   | none                           | roles that need a second factor: admin      |
| ATTRX_PROXIES       | 1 in production, else 0        | proxies of one's own before the site        |
| ATTRX_SIGN_IN_RATE  | 30                             | attempts to sign in, of an address a minute |
| ATTRX_API_RATE      | 1200                           | requests to the API, of a person a minute   |
| ATTRX_API_RATE_ANONYMOUS| 60                         | the same, of an address without a person    |
| ATTRX_METRICS_TOKEN | none: nobody reads /metrics    | what Prometheus sends as a bearer token     |
| ATTRX_PREDICT_WAITERS | 2                            | threads of a web process that may wait for  |
|                     |                                | predictions; the others serve pages         |
"""

import hashlib
import ipaddress
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import dj_database_url
from django.core.management.utils import get_random_secret_key

from attrx_web.env.accounts import Accounts, SingleSignOn, read_accounts
from attrx_web.env.alerts import Mail, Webhook, read_mail, read_site_url, read_webhook
from attrx_web.env.bucket import read_bucket
from attrx_web.env.errors import EnvError, without_password
from attrx_web.env.operations import Operations, read_operations
from attrx_web.env.prices import Prices, read_prices
from attrx_web.env.teacher import Teacher, read_teacher

__all__ = [
    "LONGEST_SOCKET_PATH",
    "REPOSITORY",
    "Accounts",
    "Env",
    "EnvError",
    "Mail",
    "Operations",
    "Prices",
    "SingleSignOn",
    "Teacher",
    "Webhook",
    "embedded_redis_url",
    "read_env",
    "redis_socket",
]

REPOSITORY = Path(__file__).resolve().parent.parent.parent
LONGEST_SOCKET_PATH = 100
"""Bytes; the kernels take 104 (macOS) to 108 (Linux) with the closing zero."""


SQLITE_OPTIONS = {
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    "timeout": 20,
    # A read transaction that turns into a write fails at once, whatever the timeout.
    "transaction_mode": "IMMEDIATE",
}
# To compile a query that looks costly takes longer than to run it, because lists and counts stop early.
POSTGRESQL_OPTIONS = {"options": "-c jit=off"}


@dataclass(frozen=True)
class Env:
    """The environment, read and checked."""

    debug: bool
    secret_key: str
    allowed_hosts: list[str]
    var_dir: Path
    artifacts_dir: Path
    features_gib: float
    """Room on disk for what vision towers made of photos; 0: photos are looked at every time."""
    base_model: str
    database: dj_database_url.DBConfig
    redis_url: str
    redis_embedded: bool
    media_bucket: dict[str, str]
    """Options of the bucket that photos are kept in; empty: they are kept in the var folder."""
    fetch_allow: list[ipaddress.IPv4Network | ipaddress.IPv6Network]
    teacher: Teacher | None
    """None: nobody proposes answers before people give them"""
    prices: Prices
    mail: Mail | None
    webhook: Webhook | None
    site_url: str
    accounts: Accounts
    operations: Operations

    @property
    def celery_broker_url(self) -> str:
        """The Redis address as Celery spells it."""
        return self.redis_url.replace("unix://", "redis+socket://", 1)


def read_env(environ: Mapping[str, str] = os.environ) -> Env:
    """Read every variable and create the var folder.

    Raises:
        EnvError: for the first variable that cannot be used.
    """
    debug = _debug(environ)
    var_dir = _var_dir(environ)
    redis_url = environ.get("REDIS_URL", "")
    allowed_hosts = _allowed_hosts(environ)
    secret_key = _secret_key(environ, var_dir, debug=debug)
    return Env(
        debug=debug,
        secret_key=secret_key,
        allowed_hosts=allowed_hosts,
        var_dir=var_dir,
        artifacts_dir=Path(environ.get("ATTRX_ARTIFACTS_DIR") or var_dir / "artifacts")
        .expanduser()
        .resolve(),
        features_gib=_features_gib(environ),
        base_model=environ.get("ATTRX_BASE_MODEL") or str(REPOSITORY / "training" / "ml" / "tiny"),
        database=_database(environ, var_dir),
        redis_url=_checked_redis_url(redis_url) if redis_url else embedded_redis_url(var_dir),
        redis_embedded=not redis_url,
        media_bucket=read_bucket(environ),
        fetch_allow=_fetch_allow(environ),
        teacher=read_teacher(environ),
        prices=read_prices(environ),
        mail=read_mail(environ),
        webhook=read_webhook(environ),
        site_url=read_site_url(environ, allowed_hosts[0], debug=debug),
        accounts=read_accounts(environ, debug=debug),
        operations=read_operations(environ, debug=debug, secret_key=secret_key),
    )


def _features_gib(environ: Mapping[str, str]) -> float:
    text = environ.get("ATTRX_FEATURES_GIB", "").strip() or "8"
    try:
        gib = float(text)
    except ValueError:
        gib = -1
    if not 0 <= gib < float("inf"):
        raise EnvError(f"ATTRX_FEATURES_GIB is {text!r}: set it to a number of GiB, such as 8, or 0 for none")
    return gib


def embedded_redis_url(var_dir: Path) -> str:
    """The address of the embedded Redis of this var folder."""
    return f"unix://{quote(str(redis_socket(var_dir)))}"


def redis_socket(var_dir: Path) -> Path:
    """Where the embedded Redis listens: in the var folder, or in the temp folder if that path is too long."""
    socket = var_dir / "redis.sock"
    if len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH:
        return socket
    return Path(tempfile.gettempdir()) / f"attrx-{hashlib.sha256(os.fsencode(var_dir)).hexdigest()[:16]}.sock"


def _debug(environ: Mapping[str, str]) -> bool:
    value = environ.get("ATTRX_DEBUG") or "1"
    if value not in ("0", "1"):
        raise EnvError(f"ATTRX_DEBUG is {value!r}: set it to 1 (a laptop) or 0 (production)")
    return value == "1"


def _var_dir(environ: Mapping[str, str]) -> Path:
    var_dir = Path(environ.get("ATTRX_VAR_DIR") or REPOSITORY / "var").expanduser().resolve()
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvError(
            f"ATTRX_VAR_DIR is {str(var_dir)!r}, which cannot be made ({error.strerror}): "
            "set it to a folder that can be written"
        ) from error
    return var_dir


def _secret_key(environ: Mapping[str, str], var_dir: Path, *, debug: bool) -> str:
    if key := environ.get("ATTRX_SECRET_KEY"):
        return key
    if not debug:
        raise EnvError(
            "ATTRX_SECRET_KEY is not set, and ATTRX_DEBUG=0 needs it: set it to 50 or more random characters"
        )
    path = var_dir / "secret_key"
    if not path.exists():
        _write_once(path, get_random_secret_key())
    return path.read_text()


def _write_once(path: Path, text: str) -> None:
    """Write text for the owner's eyes; of processes that start together, the first one's text stays."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as draft:
        draft.write(text)
        draft.flush()
        try:
            os.link(draft.name, path)
        except FileExistsError:
            return


def _allowed_hosts(environ: Mapping[str, str]) -> list[str]:
    value = environ.get("ATTRX_ALLOWED_HOSTS") or "localhost,127.0.0.1"
    hosts = [host.strip() for host in value.split(",") if host.strip()]
    if wrong := [host for host in hosts if "/" in host or " " in host]:
        raise EnvError(
            f"ATTRX_ALLOWED_HOSTS has {wrong[0]!r}, which is no host name: list names like shop.example.org, "
            "comma-separated, without https://"
        )
    return hosts


def _database(environ: Mapping[str, str], var_dir: Path) -> dj_database_url.DBConfig:
    url = environ.get("DATABASE_URL") or f"sqlite:///{var_dir / 'attrx.sqlite3'}"
    try:
        config = dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True)
    except ValueError as error:
        raise EnvError(
            f"DATABASE_URL is {without_password(url)!r}, which cannot be read: "
            "set it to postgres://user:password@host:port/name, or unset it to use SQLite"
        ) from error
    if config["ENGINE"] == "django.db.backends.sqlite3":
        config["OPTIONS"] = dict(SQLITE_OPTIONS)
    elif config["ENGINE"] == "django.db.backends.postgresql":
        config["OPTIONS"] = {**POSTGRESQL_OPTIONS, **config.get("OPTIONS", {})}
    return config


def _checked_redis_url(url: str) -> str:
    if urlsplit(url).scheme not in ("redis", "rediss", "unix"):
        raise EnvError(
            f"REDIS_URL is {without_password(url)!r}, which is no Redis address: "
            "set it to redis://host:port/0, or unset it to use the embedded Redis"
        )
    return url


def _fetch_allow(environ: Mapping[str, str]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    networks = []
    for text in environ.get("ATTRX_FETCH_ALLOW", "").split(","):
        if not text.strip():
            continue
        try:
            networks.append(ipaddress.ip_network(text.strip()))
        except ValueError as error:
            raise EnvError(
                f"ATTRX_FETCH_ALLOW has {text.strip()!r}, which is no network ({error}): "
                "list networks like 10.1.0.0/16 or addresses, comma-separated"
            ) from error
    return networks
