"""What a backup is taken of, and somebody who goes on adding to it; run on the site of the environment.

python -m tests.flows.backup_world make     prints the id of a listing whose history is over
python -m tests.flows.backup_world pour     adds listings with photos until it is killed
"""

import hashlib
import os
import sys
from itertools import count
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "attrx_web.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402

from catalog.imaging.storage import media_write  # noqa: E402
from catalog.models import Image, Photo, Status, Vertical  # noqa: E402
from labeling.models import Purpose  # noqa: E402
from labeling.services.tasks import tasks_open  # noqa: E402
from tests.factories import ListingFactory, photo_bytes  # noqa: E402
from tests.labeling import workspace  # noqa: E402
from tests.training.rounds import champion_of, round_in  # noqa: E402

ADAPTER = b"weights of the champion"


def make() -> int:
    """A done round with its adapter, and a listing that is labelled; returns the listing's id."""
    round_ = round_in(Status.DONE, artifact_path="rounds/first")
    champion_of(round_)
    folder = Path(settings.ATTRX_ARTIFACTS_DIR) / "rounds/first"
    (folder / "0-sft.partial").mkdir(parents=True)
    (folder / "0-sft.partial" / "half").write_bytes(b"half")
    (folder / "chains.parquet").write_bytes(b"chains")
    adapter = Path(settings.ATTRX_ARTIFACTS_DIR) / "adapter"
    adapter.mkdir()
    (adapter / "adapter.safetensors").write_bytes(ADAPTER)
    vertical = Vertical.objects.get(code="bag")
    listing = ListingFactory.create(vertical=vertical, external_id="early")
    tasks_open(listing_ids=[listing.pk], purpose=Purpose.SEED)
    workspace.label_all(workspace.annotator("early"), purpose=Purpose.SEED)
    return listing.pk


def pour() -> None:
    """As an import does: the photo's file first, then the rows that name it."""
    vertical = Vertical.objects.get(code="bag")
    for number in count():
        content = photo_bytes((number // 65536 % 256, number // 256 % 256, number % 256))
        sha256 = hashlib.sha256(content).hexdigest()
        name = f"images/{sha256[:2]}/{sha256}.png"
        media_write(name, content)
        photo = Photo.objects.create(sha256=sha256, file=name, bytes=len(content), width=8, height=6)
        listing = ListingFactory.create(vertical=vertical, external_id=f"poured-{number}")
        Image.objects.create(listing=listing, photo=photo, position=1)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make"]:
            print(make())
        case ["pour"]:
            pour()
