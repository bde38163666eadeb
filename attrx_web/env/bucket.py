"""The bucket that photos are kept in."""

import re
from collections.abc import Mapping
from importlib.util import find_spec
from urllib.parse import parse_qsl, urlsplit

from attrx_web.env.errors import EnvError, without_password

BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
BUCKET_OPTIONS = {
    "endpoint_url": "endpoint_url",
    "region": "region_name",
    "addressing_style": "addressing_style",
}
"""Options of ATTRX_MEDIA_URL, and what the storage calls them."""
ADDRESSING_STYLES = ("auto", "path", "virtual")


def read_bucket(environ: Mapping[str, str]) -> dict[str, str]:
    """Options of the storage; empty: photos are kept in the var folder."""
    url = environ.get("ATTRX_MEDIA_URL")
    if not url:
        return {}
    said = f"ATTRX_MEDIA_URL is {without_password(url)!r}"
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
    options = _options(said, parse_qsl(parts.query, keep_blank_values=True))
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise EnvError(f"{said}, which needs django-storages and boto3: install attrx with its extra 'prod'")
    return {"bucket_name": parts.netloc, "location": parts.path.strip("/"), **options}


def _options(said: str, given: list[tuple[str, str]]) -> dict[str, str]:
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
