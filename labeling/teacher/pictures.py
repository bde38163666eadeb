"""Photos as an endpoint gets them: no larger than told, inside the request. Pure."""

import base64
import io

from PIL import Image

from catalog.imaging.convert import plain
from catalog.imaging.errors import ImageError
from catalog.imaging.verify import FORMATS

QUALITY = 90


def data_url(content: bytes, *, side: int) -> str:
    """The stored photo as a JPEG of at most `side` pixels, written as an address.

    Nothing but pixels goes in: no EXIF, so no place and no name.

    Raises:
        ImageError: when it does not decode.
    """
    return f"data:image/jpeg;base64,{base64.b64encode(_jpeg(content, side)).decode()}"


def _jpeg(content: bytes, side: int) -> bytes:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            image.draft("RGB", (side, side))
            shown = plain(image)
    except ImageError:
        raise
    except Exception as error:  # Pillow's decoders raise whatever a broken file makes them raise.
        raise ImageError(f"it does not decode ({error})", "import its listing again") from error
    shown.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    shown.info.clear()
    target = io.BytesIO()
    shown.save(target, "JPEG", quality=QUALITY)
    return target.getvalue()
