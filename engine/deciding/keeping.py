"""How long a form's submissions are kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engine.deciding.documents import Document

Days = Annotated[int, Field(ge=1, le=3650)]


class Keeping(Document):
    """Days until content is erased; what remains is that something came, and when.

    ``submissions`` counts from the arrival of what was carried out, skipped or failed, and nothing
    that is under way is ever erased. ``held`` is for what a person never let in, or could not be
    read. ``calls`` is for the bodies of exchanges with CRMs, ``addresses`` for the visitor's network
    address, of which the first part stays.
    """

    submissions: Days = 180
    held: Days = 30
    calls: Days = 30
    addresses: Days = 30
