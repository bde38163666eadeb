"""The only reader of the environment. A leaf: it imports no app.

| variable            | default                        | meaning                                     |
|---------------------|--------------------------------|---------------------------------------------|
| ATTRX_DEBUG         | 1                              | 0 in production: HTTPS, a secret key needed |
| ATTRX_SECRET_KEY    | made once in the var folder    | Django's secret key                         |
| ATTRX_ALLOWED_HOSTS | localhost,127.0.0.1            | host names of the site, comma-separated     |
| ATTRX_VAR_DIR       | var in the repository          | everything that attrx writes                |
| ATTRX_ARTIFACTS_DIR | artifacts in the var folder    | adapters and chains                         |
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
"""

import hashlib
import ipaddress
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import dj_database_url
from django.core.management.utils import get_random_secret_key

REPOSITORY = Path(__file__).resolve().parent.parent
LONGEST_SOCKET_PATH = 100
"""Bytes; the kernels take 104 (macOS) to 108 (Linux) with the closing zero."""

BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
BUCKET_OPTIONS = {
    "endpoint_url": "endpoint_url",
    "region": "region_name",
    "addressing_style": "addressing_style",
}
"""Options of ATTRX_MEDIA_URL, and what the storage calls them."""
ADDRESSING_STYLES = ("auto", "path", "virtual")

MODEL_NAME = re.compile(r"\S(?:.{0,88}\S)?")
"""Of a teacher. Suggestions name it as their source."""
PRICE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)/([0-9]{1,6}(?:\.[0-9]{1,6})?) ([A-Z]{3})")

SQLITE_OPTIONS = {
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    "timeout": 20,
    # A read transaction that turns into a write fails at once, whatever the timeout.
    "transaction_mode": "IMMEDIATE",
}
# To compile a query that looks costly takes longer than to run it, because lists and counts stop early.
POSTGRESQL_OPTIONS = {"options": "-c jit=off"}


class EnvError(Exception):
    """A variable that cannot be used. The message names it, its value and the remedy."""


@dataclass(frozen=True)
class Teacher:
    """A large vision model behind an OpenAI-compatible address, which proposes answers."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    """never shown, logged or kept; empty: the address wants none"""
    price: tuple[Decimal, Decimal, str] | None = None
    """of a million tokens that go in and that come out, and the currency"""


@dataclass(frozen=True)
class Env:
    """The environment, read and checked."""

    debug: bool
    secret_key: str
    allowed_hosts: list[str]
    var_dir: Path
    artifacts_dir: Path
    base_model: str
    database: dj_database_url.DBConfig
    redis_url: str
    redis_embedded: bool
    media_bucket: dict[str, str]
    """Options of the bucket that photos are kept in; empty: they are kept in the var folder."""
    fetch_allow: list[ipaddress.IPv4Network | ipaddress.IPv6Network]
    teacher: Teacher | None
    """None: nobody proposes answers before people give them"""

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
    return Env(
        debug=debug,
        secret_key=_secret_key(environ, var_dir, debug=debug),
        allowed_hosts=_allowed_hosts(environ),
        var_dir=var_dir,
        artifacts_dir=Path(environ.get("ATTRX_ARTIFACTS_DIR") or var_dir / "artifacts")
        .expanduser()
        .resolve(),
        base_model=environ.get("ATTRX_BASE_MODEL") or str(REPOSITORY / "training" / "ml" / "tiny"),
        database=_database(environ, var_dir),
        redis_url=_checked_redis_url(redis_url) if redis_url else embedded_redis_url(var_dir),
        redis_embedded=not redis_url,
        media_bucket=_media_bucket(environ),
        fetch_allow=_fetch_allow(environ),
        teacher=_teacher(environ),
    )


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
            f"DATABASE_URL is {_without_password(url)!r}, which cannot be read: "
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
            f"REDIS_URL is {_without_password(url)!r}, which is no Redis address: "
            "set it to redis://host:port/0, or unset it to use the embedded Redis"
        )
    return url


def _media_bucket(environ: Mapping[str, str]) -> dict[str, str]:
    url = environ.get("ATTRX_MEDIA_URL")
    if not url:
        return {}
    said = f"ATTRX_MEDIA_URL is {_without_password(url)!r}"
    remedy = "set it to s3://bucket/prefix, or unset it to keep photos in the var folder"
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise EnvError(f"{said}, which cannot be read: {remedy}") from error
    if parts.scheme != "s3" or parts.fragment:
        raise EnvError(f"{said}, which names no bucket: {remedy}")
    if "@" in parts.netloc:
        raise EnvError(
            f"{said} with a password before it: give that by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    if not BUCKET_NAME.fullmatch(parts.netloc):
        raise EnvError(f"{said}, and {parts.netloc!r} is no name of a bucket: {remedy}")
    options = _bucket_options(said, parse_qsl(parts.query, keep_blank_values=True))
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise EnvError(f"{said}, which needs django-storages and boto3: install attrx with its extra 'prod'")
    return {"bucket_name": parts.netloc, "location": parts.path.strip("/"), **options}


def _bucket_options(said: str, given: list[tuple[str, str]]) -> dict[str, str]:
    options = {"addressing_style": "auto"}
    for name, value in given:
        if name not in BUCKET_OPTIONS:
            raise EnvError(f"{said}, which has the option {name!r}: use {', '.join(BUCKET_OPTIONS)}")
        if name == "addressing_style" and value not in ADDRESSING_STYLES:
            raise EnvError(f"{said}, with addressing_style={value}: use {', '.join(ADDRESSING_STYLES)}")
        if name == "endpoint_url" and urlsplit(value).scheme not in ("http", "https"):
            raise EnvError(f"{said}, with endpoint_url={value}: give an address with https://")
        if not value:
            raise EnvError(f"{said}, with an empty {name}: fill it in or take it out")
        options[BUCKET_OPTIONS[name]] = value
    return options


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


def _teacher(environ: Mapping[str, str]) -> Teacher | None:
    url, model = environ.get("ATTRX_TEACHER_URL", "").strip(), environ.get("ATTRX_TEACHER_MODEL", "").strip()
    if not url:
        return None
    said = f"ATTRX_TEACHER_URL is {_without_password(url)!r}"
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise EnvError(f"{said}, which cannot be read: set it to https://host/v1") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise EnvError(f"{said}, which is no address of an endpoint: set it to https://host/v1")
    if "@" in parts.netloc:
        raise EnvError(f"{said} with a password before it: give that by ATTRX_TEACHER_KEY")
    if not MODEL_NAME.fullmatch(model):
        raise EnvError(
            f"ATTRX_TEACHER_MODEL is {model!r}, and ATTRX_TEACHER_URL needs it: "
            "set it to the name of a vision model there, of 90 characters at most"
        )
    key = environ.get("ATTRX_TEACHER_KEY", "").strip()
    return Teacher(url.rstrip("/"), model, key, _teacher_price(environ))


def _teacher_price(environ: Mapping[str, str]) -> tuple[Decimal, Decimal, str] | None:
    text = environ.get("ATTRX_TEACHER_PRICE", "").strip()
    if not text:
        return None
    given = PRICE.fullmatch(text)
    if given is None:
        raise EnvError(
            f"ATTRX_TEACHER_PRICE is {text!r}, which is no price: set it to what a million tokens cost that "
            "go in and that come out, and the currency, such as 2.50/10 USD, or unset it to count tokens only"
        )
    return Decimal(given[1]), Decimal(given[2]), given[3]


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
