"""Every connector we ship, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import httpx

from connectors.base import Connector, ConnectorSpec, Open
from connectors.bitrix24.connector import Bitrix24Connector
from connectors.bitrix24.spec import BITRIX24
from connectors.catalog import Catalog
from connectors.errors import SettingsError
from connectors.hubspot.connector import HubSpotConnector
from connectors.hubspot.spec import HUBSPOT
from connectors.kommo.connector import KommoConnector
from connectors.kommo.spec import AMOCRM, KOMMO
from connectors.odoo.connector import OdooConnector
from connectors.odoo.spec import ODOO
from connectors.pipedrive.connector import PipedriveConnector
from connectors.pipedrive.spec import PIPEDRIVE
from connectors.webhook.connector import WebhookConnector
from connectors.webhook.spec import WEBHOOK

CONNECTORS: Mapping[str, tuple[ConnectorSpec, Open]] = {
    KOMMO.key: (KOMMO, KommoConnector),
    AMOCRM.key: (AMOCRM, partial(KommoConnector, spec=AMOCRM)),
    HUBSPOT.key: (HUBSPOT, HubSpotConnector),
    PIPEDRIVE.key: (PIPEDRIVE, PipedriveConnector),
    ODOO.key: (ODOO, OdooConnector),
    BITRIX24.key: (BITRIX24, Bitrix24Connector),
    WEBHOOK.key: (WEBHOOK, WebhookConnector),
}


def open_connector(
    key: str,
    settings: Mapping[str, str],
    http: httpx.Client,
    catalog: Catalog | None = None,
) -> Connector:
    """Open the connector called ``key``. Raises SettingsError.

    ``catalog``, as last read from the same account, spares the connector reading it again.
    """
    if key not in CONNECTORS:
        raise SettingsError(f"there is no connector called {key!r}")
    spec, open_ = CONNECTORS[key]
    check_settings(spec, settings)
    return open_(settings, http, catalog)


def check_settings(spec: ConnectorSpec, settings: Mapping[str, str]) -> None:
    """Raise SettingsError, naming every setting that is missing or unknown, else one that is malformed."""
    missing = [
        setting.key
        for setting in spec.settings
        if setting.required and not settings.get(setting.key, "").strip()
    ]
    unknown = sorted(settings.keys() - {setting.key for setting in spec.settings})
    problems = [
        f"{problem}: {', '.join(keys)}"
        for problem, keys in (("missing", missing), ("unknown", unknown))
        if keys
    ]
    if problems:
        raise SettingsError(f"settings of {spec.label}: {'; '.join(problems)}")
    spec.rates_for(settings)
    spec.check(settings)
