"""What finding and writing need of one account: its API, its catalog, its labels, our marker."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from connectors.base import Kind, Record
from connectors.catalog import Catalog, FieldType
from connectors.errors import SettingsError
from connectors.pipedrive.api import Api, Item
from connectors.pipedrive.catalog import FIELD_PATHS, is_custom
from connectors.pipedrive.labels import Labels
from connectors.pipedrive.mapping import label_ids, record


class Scene:
    """One account. ``marker``: the deals' field that keeps our marker, by label or key, if any."""

    def __init__(self, api: Api, catalog: Catalog, marker: str) -> None:
        self.api = api
        self.catalog = catalog
        self.labels = {kind: Labels(api, kind, catalog) for kind in FIELD_PATHS}
        self.marked = bool(marker)
        self._marker = marker

    @cached_property
    def marker_field(self) -> str:
        """The key of the field that keeps our marker. Raises SettingsError."""
        field = self.catalog.field(Kind.DEAL, self._marker)
        if field is None or field.type is not FieldType.TEXT or not is_custom(field.id):
            raise SettingsError(
                "marker_field: must be the label or key of a text field of your own, of deals"
            )
        return field.id

    def records(self, kind: Kind, items: Iterable[Item]) -> list[Record]:
        """Read persons, organizations or deals. Raises ConnectorError."""
        labels = self.labels[kind]
        return [record(kind, item, self.catalog, labels.names(label_ids(item))) for item in items]
