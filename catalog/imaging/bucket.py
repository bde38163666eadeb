"""A bucket as media storage. Loaded only where ATTRX_MEDIA_URL names one: it needs the extra `prod`."""

from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from storages.backends.s3 import S3Storage

from catalog.imaging.storage import TRANSFERS, NamedByContent

MEMORY_BYTES = 32_000_000
"""Of a file that is read; what is larger is spooled to disk. Photos stay below."""


class BucketMedia(NamedByContent, S3Storage):  # type: ignore[misc]  # django-storages has no types.
    """Private objects of an S3-compatible bucket; every request is signed."""

    def __init__(self, *, addressing_style: str, **options: Any) -> None:
        super().__init__(
            client_config=Config(
                s3={"addressing_style": addressing_style},
                signature_version="s3v4",
                max_pool_connections=2 * TRANSFERS,
                connect_timeout=10,
                read_timeout=60,
                retries={"mode": "standard", "max_attempts": 5},
                # Newer checksums are unknown to many servers that speak S3.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
            # Photos are small: one request each, in the caller's thread.
            transfer_config=TransferConfig(use_threads=False),
            max_memory_size=MEMORY_BYTES,
            file_overwrite=False,
            default_acl=None,
            querystring_auth=True,
            **options,
        )
