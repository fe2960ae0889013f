"""The parts of a module's document: rows, tasks, notes, tags, duplicates, responsible people."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from engine.deciding.calendar import Due
from engine.deciding.conversions import Conversions
from engine.deciding.documents import Document
from engine.deciding.shorthand import Setting, as_text

Text = Annotated[str, Field(max_length=4096)]
Rule = Any
"""JsonLogic; see the guide's logic page."""


class Policy(StrEnum):
    """What may happen to a field of a record that exists already."""

    COMPLETE = "complete"  # only written when the CRM has nothing there
    OVERWRITE = "overwrite"
    APPEND = "append"  # text gets a new line, a list new members
    LEAVE = "leave"
    UNTOUCHED = "untouched"  # overwritten, unless a person changed what we wrote last
    FORWARD = "forward"  # only to a later option of the field's list


class When(StrEnum):
    """For which records a task, note or tag is meant."""

    CREATED = "created"
    FOUND = "found"
    ALWAYS = "always"

    def fits(self, *, created: bool) -> bool:
        return self is When.ALWAYS or (self is When.CREATED) is created


class Row(Setting, Conversions):
    """One CRM field's source. In a document a bare value or list of values is a row too.

    ``write`` is the field's own policy; without it the part's ``on_match`` rules. ``empty: erase``
    lets an empty answer clear the field of a record that exists.
    """

    short: ClassVar[str] = "value"

    value: Text | tuple[Text, ...]
    write: Policy | None = None
    empty: Literal["keep", "erase"] = "keep"

    @field_validator("value", mode="before")
    @classmethod
    def _fixed_values_are_text(cls, value: Any) -> Any:
        return (
            [as_text(one) for one in value] if isinstance(value, list | tuple) else as_text(value)
        )

    @property
    def sources(self) -> tuple[str, ...]:
        """The texts the row's value is made of."""
        return (self.value,) if isinstance(self.value, str) else self.value


class Task(Document):
    """A task for a record. ``type`` and ``responsible`` by id or label."""

    text: Text
    type: str | None = None
    due: Due = Due(days=1)
    responsible: str | None = None
    when: When = When.CREATED


class Note(Setting):
    """A note for a record. In a document a bare text is a note too."""

    short: ClassVar[str] = "text"

    text: Text
    when: When = When.ALWAYS


class Tag(Setting):
    """A tag to be added. In a document a bare text is a tag too."""

    short: ClassVar[str] = "tag"

    tag: Text
    when: When = When.ALWAYS


class Part(Document):
    """What contact, company and deal have in common. Field names are ids, codes or labels.

    ``rest: note`` adds a note of all answers that nothing in the module uses.
    """

    fields: dict[str, Row] = Field(default_factory=dict)
    tags: tuple[Tag, ...] = ()
    note: Note | None = None
    tasks: tuple[Task, ...] = ()
    rest: Literal["note"] | None = None
    on_match: Literal[Policy.COMPLETE, Policy.OVERWRITE, Policy.LEAVE] = Policy.COMPLETE


class Messenger(Document):
    """Where the contact can be written to: the messenger, such as telegram, and the address there."""

    type: Annotated[str, Field(min_length=1)]
    value: Text


class PersonPart(Part):
    """A contact or a company. ``match`` names the fields by which an existing one is recognised.

    With ``phones: last_digits`` what the CRM has instead of a number counts, too, if it ends in the
    same ten digits; but less than anything that is the same.
    """

    match: tuple[str, ...] = ("phone", "email")
    match_on: Literal["any", "all"] = "any"
    phones: Literal["exact", "last_digits"] = "exact"
    several: Literal["newest", "oldest", "all", "hold"] = "newest"


class ContactPart(PersonPart):
    """The person who filled in the form."""

    messenger: Messenger | None = None


class CompanyPart(PersonPart):
    """The person's company. ``extra_phones`` are added to its phones."""

    extra_phones: tuple[Text, ...] = ()


class Age(Document):
    """How long ago."""

    days: Annotated[int, Field(ge=0)] = 0
    hours: Annotated[int, Field(ge=0)] = 0


class LookIn(Document):
    """Where open deals are looked for; nothing named means everywhere.

    ``where`` are field names and the values they must have, macros included; ``younger_than``
    leaves out deals created before that.
    """

    pipelines: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    where: dict[str, Text] = Field(default_factory=dict)
    younger_than: Age | None = None


class Duplicates(Document):
    """What happens when the contact or company has an open deal already.

    ``control: crm`` leaves it to the CRM's own duplicate control: nothing is looked up, and one call
    from the connection's named source brings deal and people as an incoming lead.
    ``task`` is set for the deal that was found instead of a new one.
    """

    control: Literal["none", "formwire", "crm"] = "none"
    look_in: LookIn = LookIn()
    found: Literal["keep", "update", "move", "create"] = "keep"
    several: Literal["newest", "all", "create", "hold"] = "newest"
    backwards: bool = False
    task: Task | None = None

    @model_validator(mode="after")
    def _one_control_at_a_time(self) -> Duplicates:
        ours = {"look_in", "found", "several", "backwards", "task"} & self.model_fields_set
        if self.control == "crm" and ours:
            raise ValueError(
                f"{', '.join(sorted(ours))}: with control crm the CRM's own rule decides; "
                "take them out, or write control: formwire"
            )
        return self


class DealPart(Part):
    """The deal. Without a stage it starts at the pipeline's first; without a pipeline, in the main one."""

    pipeline: str | None = None
    stage: str | None = None
    name: Text = ""
    budget: Text = ""
    duplicates: Duplicates = Duplicates()


class Choice(Document):
    """One of the responsible people by a rule: the first whose ``when`` is true is taken."""

    when: Rule
    user: str


class Responsible(Setting):
    """Who is responsible for new records: exactly one way of choosing, and ``otherwise`` for the rest.

    Users are named by e-mail, id or name. ``in_turn`` and ``weighted`` give each new record to the
    next one; ``from_field`` reads an answer through ``map``; ``like`` takes whoever is responsible
    for the contact or company that was found.
    """

    short: ClassVar[str] = "user"

    user: str | None = None
    in_turn: tuple[str, ...] = ()
    weighted: dict[str, Annotated[int, Field(ge=1, le=100)]] = Field(default_factory=dict)
    from_field: Text | None = None
    map: dict[str, str] = Field(default_factory=dict)
    rules: tuple[Choice, ...] = ()
    like: Literal["contact", "company"] | None = None
    otherwise: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Responsible:
        ways = ("user", "in_turn", "weighted", "from_field", "rules", "like")
        used = [way for way in ways if getattr(self, way)]
        if len(used) != 1:
            raise ValueError(
                f"choose one of {', '.join(ways)}; here are {', '.join(used) or 'none'}"
            )
        return self

    @property
    def choices(self) -> list[dict[str, Any]]:
        """The rules as `rules.choices` takes them."""
        return [{"when": choice.when, "user": choice.user} for choice in self.rules]

    @property
    def asks_answers(self) -> bool:
        """Whether the person depends on what was answered."""
        return self.from_field is not None or bool(self.rules)

    def names(self) -> Iterator[str]:
        """Every user it names."""
        for one in (self.user, self.otherwise, *self.in_turn, *self.weighted, *self.map.values()):
            if one:
                yield one
        for choice in self.rules:
            yield choice.user
