"""The form in which a person connects a CRM account, built from its connector's spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, PasswordField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, Regexp

from connectors.base import ConnectorSpec, Setting
from connectors.errors import SettingsError
from web.sentences import translated

_PREFIX = "setting-"


class ConnectionForm(FlaskForm):
    """What every connection has, whatever its CRM.

    ``addresses`` are the keys of the settings that say which server gets the secrets, ``seldom`` of
    those that most people leave empty; ``check`` raises SettingsError, led by a key, for settings
    that cannot be right.
    """

    addresses: frozenset[str] = frozenset()
    seldom: frozenset[str] = frozenset()
    check: Callable[[Mapping[str, str]], object]

    name = StringField(_("Name"), [InputRequired(), Length(max=200)])

    def moves(self, kept: Mapping[str, str]) -> bool:
        """Whether calls would go to another server than with the settings ``kept``."""
        entered = self.settings({})
        return any(entered.get(key, "") != kept.get(key, "") for key in self.addresses)

    def asks_again(self, kept: Mapping[str, str]) -> bool:
        """Whether a stored secret would go to another server; its field says what to do then."""
        if not self.moves(kept):
            return False
        left = [
            field
            for field in self.setting_fields()
            if isinstance(field, PasswordField)
            and kept.get(field.name.removeprefix(_PREFIX))
            and not (field.data or "").strip()
        ]
        for field in left:
            field.errors = [_("Enter it again: it would be sent to another address than before.")]
        return bool(left)

    def is_wrong(self, kept: Mapping[str, str]) -> bool:
        """Whether the settings cannot be right; the field says why."""
        try:
            self.check(self.settings(kept))
        except SettingsError as error:
            key, _colon, reason = str(error).partition(": ")
            fields = {field.name.removeprefix(_PREFIX): field for field in self.setting_fields()}
            fields.get(key, self["name"]).errors = [translated(reason)]
            return True
        return False

    def settings(self, kept: Mapping[str, str]) -> dict[str, str]:
        """The settings that were entered; a secret left empty is the ``kept`` one."""
        entered = {}
        for field in self:
            if field.name.startswith(_PREFIX):
                key = field.name.removeprefix(_PREFIX)
                value = (field.data or "").strip()
                if isinstance(field, PasswordField):
                    value = value or kept.get(key, "")
                entered[key] = value
        return {key: value for key, value in entered.items() if value}

    def setting_fields(self) -> list[Field]:
        return [field for field in self if field.name.startswith(_PREFIX)]

    def usual_fields(self) -> list[Field]:
        return [field for field in self.setting_fields() if not self._is_seldom(field)]

    def seldom_fields(self) -> list[Field]:
        return [field for field in self.setting_fields() if self._is_seldom(field)]

    def _is_seldom(self, field: Field) -> bool:
        return field.name.removeprefix(_PREFIX) in self.seldom


class NewConnectionForm(ConnectionForm):
    """The same, with the key that modules will name it by: the one entered, or made of the name."""

    key = StringField(
        _("Key"),
        [
            Optional(),
            Length(max=64),
            Regexp(r"^[a-z0-9][a-z0-9-]*$", message=_("Use small letters, digits and dashes.")),
        ],
        description=_(
            "What modules call it, such as main-kommo. Made of the name when left empty; it cannot be "
            "changed later."
        ),
    )


def connection_form(
    spec: ConnectorSpec, base: type[ConnectionForm], kept: Mapping[str, str]
) -> type[ConnectionForm]:
    """The form for ``spec``. Secrets among ``kept`` are never shown, and may be left empty."""
    fields = {_PREFIX + setting.key: _field(setting, kept) for setting in spec.settings}
    own = {
        "addresses": spec.addresses,
        "seldom": frozenset(setting.key for setting in spec.settings if setting.seldom),
        "check": staticmethod(spec.check),
    }
    return type(f"{spec.key.title()}{base.__name__}", (base,), {**fields, **own})


def connection_values(name: str, settings: Mapping[str, str]) -> dict[str, str]:
    """What the form shows at first. A PasswordField never shows its value."""
    return {"name": name, **{_PREFIX + key: value for key, value in settings.items()}}


def _field(setting: Setting, kept: Mapping[str, str]) -> Field:
    has_kept = setting.secret and bool(kept.get(setting.key))
    needed = setting.required and not has_kept
    shape = TextAreaField if setting.long else StringField
    return (PasswordField if setting.secret else shape)(
        translated(setting.label),
        [InputRequired() if needed else Optional(), Length(max=8192)],
        description=translated(setting.help),
        render_kw={"autocomplete": "off"}
        | ({"rows": 4} if setting.long else {})
        | ({"placeholder": _("stored; leave empty to keep it")} if has_kept else {}),
    )
