"""Pictures of posters: checked when staff upload them, composed with an agent's own QR code."""

from __future__ import annotations

import io
import secrets
from typing import IO

import segno
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

from users.errors import PersonError

MAX_BYTES = 5 * 1024 * 1024
MAX_SIDE = 4000
_QUIET_ZONE = 3  # modules of white around the code; the poster's own white adds to it
_STRIP = 5  # the strip of the invite code is a fifth of the QR code's height
_FORMATS = {"PNG": "png", "JPEG": "jpg"}


class PosterInvalid(PersonError):
    code = "poster_invalid"
    message = _("Please upload a PNG or JPG picture.")


def check_picture(upload: UploadedFile) -> tuple[int, int]:
    """Refuse what isn't a PNG or JPG of a reasonable size; return its width and height.

    Raises PosterInvalid. Gives the file a name of ours.
    """
    if (upload.size or 0) > MAX_BYTES:
        raise PosterInvalid(_("This file is larger than 5 MB. Please make it smaller."))
    try:
        with Image.open(upload, formats=tuple(_FORMATS)) as picture:
            width, height = picture.size
            ending = _FORMATS[str(picture.format)]
            # Only the header is read so far: a small file can unpack to gigabytes.
            if max(width, height) > MAX_SIDE:
                raise PosterInvalid(
                    _("This picture is larger than 4000 pixels a side. Please make it smaller.")
                )
            picture.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise PosterInvalid from error
    upload.seek(0)
    upload.name = f"{secrets.token_hex(8)}.{ending}"
    return width, height


def size_of(stored: IO[bytes]) -> tuple[int, int]:
    """Width and height of a picture that was checked before."""
    with Image.open(stored, formats=tuple(_FORMATS)) as picture:
        return picture.size


def box_height(size: int, *, shows_code: bool) -> int:
    """How high the white box is in which QR code and invite code stand (pixels)."""
    return size + (size // _STRIP if shows_code else 0)


def compose(picture: IO[bytes], *, left: int, top: int, size: int, link: str, code: str) -> bytes:
    """The poster as PNG, with the link's QR code in its box, and the code below unless it is ""."""
    with Image.open(picture, formats=tuple(_FORMATS)) as opened:
        poster = opened.convert("RGB")
    box = Image.new("RGB", (size, box_height(size, shows_code=bool(code))), "white")
    box.paste(_qr(link, size), (0, 0))
    if code:
        _write(box, code, size)
    poster.paste(box, (left, top))
    file = io.BytesIO()
    poster.save(file, "PNG")
    return file.getvalue()


def _qr(link: str, size: int) -> Image.Image:
    """Whole pixels a module, so that edges are sharp; the rest is white around it."""
    drawn = segno.make(link, error="m", micro=False)
    modules = drawn.symbol_size(border=_QUIET_ZONE)[0]
    file = io.BytesIO()
    drawn.save(file, kind="png", scale=max(size // modules, 1), border=_QUIET_ZONE, light="white")
    square = Image.new("RGB", (size, size), "white")
    with Image.open(file) as code:
        margin = (size - code.width) // 2
        square.paste(code.convert("RGB"), (margin, margin))
    return square


def _write(box: Image.Image, code: str, size: int) -> None:
    strip = size // _STRIP
    draw = ImageDraw.Draw(box)
    font = ImageFont.load_default(size=max(round(strip * 0.6), 12))
    width = draw.textlength(code, font=font)
    if width > size * 0.94:
        font = ImageFont.load_default(size=max(round(strip * 0.6 * size * 0.94 / width), 10))
    draw.text((size // 2, size + strip * 2 // 5), code, font=font, fill="black", anchor="mm")
