"""What a file is by its first bytes, and what its name promises it to be.

The signatures are those of the WHATWG MIME Sniffing Standard and of the formats' own descriptions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

LOOKED_AT_BYTES = 512
TEXT = "text"

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (8, b"WEBP", "webp"),
    (8, b"WAVE", "wave"),
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (4, b"ftyp", "iso media"),  # mp4, mov, m4a, heic
    (0, b"ID3", "mp3"),
    (0, b"\xff\xfb", "mp3"),
    (0, b"OggS", "ogg"),
    (0, b"PK\x03\x04", "zip"),  # and what is a zip inside: docx, xlsx, odt
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),  # doc, xls, ppt
    (0, b"{\\rtf", "rtf"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"MZ", "program"),
    (0, b"\x7fELF", "program"),
)

KNOWN: Mapping[str, tuple[str, str]] = {
    "pdf": ("pdf", "application/pdf"),
    "png": ("png", "image/png"),
    "jpg": ("jpeg", "image/jpeg"),
    "jpeg": ("jpeg", "image/jpeg"),
    "gif": ("gif", "image/gif"),
    "webp": ("webp", "image/webp"),
    "tif": ("tiff", "image/tiff"),
    "tiff": ("tiff", "image/tiff"),
    "heic": ("iso media", "image/heic"),
    "mp4": ("iso media", "video/mp4"),
    "mov": ("iso media", "video/quicktime"),
    "m4a": ("iso media", "audio/mp4"),
    "mp3": ("mp3", "audio/mpeg"),
    "wav": ("wave", "audio/wav"),
    "ogg": ("ogg", "audio/ogg"),
    "zip": ("zip", "application/zip"),
    "docx": ("zip", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": ("zip", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pptx": ("zip", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    "odt": ("zip", "application/vnd.oasis.opendocument.text"),
    "ods": ("zip", "application/vnd.oasis.opendocument.spreadsheet"),
    "doc": ("ole", "application/msword"),
    "xls": ("ole", "application/vnd.ms-excel"),
    "ppt": ("ole", "application/vnd.ms-powerpoint"),
    "rtf": ("rtf", "application/rtf"),
    "txt": (TEXT, "text/plain"),
    "csv": (TEXT, "text/csv"),
}
"""Extension to what its bytes must show and the content type to serve it with."""

UNKNOWN = "application/octet-stream"


def kind_of(content: bytes) -> str:
    """What the first bytes show: a format, ``text``, or "" for what we do not know."""
    head = content[:LOOKED_AT_BYTES]
    for offset, signature, kind in _SIGNATURES:
        if head.startswith(signature, offset):
            return kind
    utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return TEXT if utf16 or b"\x00" not in head else ""


# Control and line characters, and marks that turn the direction of text: fdp.exe shown as exe.pdf.
_MISLEADING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
MAX_NAME = 150


def safe_name(filename: str) -> str:
    """The last part of a path, as one line that looks like what it is; never empty."""
    name = _MISLEADING.sub("", filename.replace("\\", "/").rpartition("/")[2]).strip(" .")
    if len(name) > MAX_NAME:
        extension = extension_of(name)[:10]
        name = (
            f"{name[: MAX_NAME - len(extension) - 2]}….{extension}"
            if extension
            else name[:MAX_NAME]
        )
    return name or "file"


def extension_for(content_type: str) -> str:
    """The extension of a known content type, with its dot; "" of another."""
    plain = content_type.partition(";")[0].strip().lower()
    found = next((ending for ending, (_, served) in KNOWN.items() if served == plain), "")
    return f".{found}" if found else ""


def extension_of(filename: str) -> str:
    """What follows the last dot, in small letters; "" without one."""
    stem, dot, extension = filename.rpartition(".")
    return extension.lower() if stem and dot else ""


def is_what_it_says(filename: str, kind: str) -> bool:
    """Whether bytes of ``kind`` may bear this name. A name we know nothing of promises nothing."""
    known = KNOWN.get(extension_of(filename))
    return known is None or known[0] == kind


def served_as(filename: str, kind: str) -> str:
    """The content type to serve a file with: a known one, or bytes that no browser interprets."""
    known = KNOWN.get(extension_of(filename))
    return known[1] if known is not None and known[0] == kind else UNKNOWN
