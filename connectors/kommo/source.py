"""The lead source by which Kommo tells our enquiries from other leads (developers.kommo.com/reference/sources)."""

from __future__ import annotations

from threading import Lock

from connectors.errors import OutcomeUnknownError, UnavailableError
from connectors.kommo.api import Api, written


class LeadSource:
    """A source by name, made in Kommo when the first enquiry needs it.

    Kommo shows an integration only its own sources, so nobody else's can have our name.
    """

    def __init__(self, api: Api, name: str) -> None:
        self.name = name
        self._api = api
        self._lock = Lock()
        self._known = False

    def ensure(self) -> None:
        """Let the source be there: one call, two if it has to be made. Raises ConnectorError."""
        with self._lock:
            self._known = self._known or self._listed() or self._made()

    def _listed(self) -> bool:
        sources = self._api.items("sources", "sources")
        return any(source.get("external_id") == self.name for source in sources)

    def _made(self) -> bool:
        # Without a pipeline of its own it belongs to the main one.
        body = [{"name": self.name, "external_id": self.name}]
        try:
            written(self._api.write("POST", "sources", body), "sources")
        except OutcomeUnknownError as error:
            # Nothing depends on whether it was made: the next enquiry looks again.
            raise UnavailableError("the CRM did not say whether it made the lead source") from error
        return True
