"""Saving cases, and checking a module against them. A check asks no CRM."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.catalog import Catalog
from connectors.errors import SettingsError
from engine.deciding.differing import text_diff
from engine.deciding.module import ModuleConfig
from engine.delivery.pool import Pool
from engine.delivery.preview import looking, plan_sample, sample_of
from engine.delivery.sight import Lens, Memory, dump_seen, from_memory, load_seen, through_lens
from engine.instance import Instance
from engine.storage.cases import cases_of, save_case
from engine.storage.connections import spec_for, stored_catalog
from engine.storage.model_cases import SavedCase
from engine.storage.models import Connection, Module, Submission


@dataclass(frozen=True, slots=True)
class CaseDiff:
    """A saved case and the text of the plan that a document makes of it."""

    name: str
    expected: str
    planned: str

    @property
    def differs(self) -> bool:
        return self.expected != self.planned

    @property
    def lines(self) -> tuple[str, ...]:
        """What differs, as a unified diff."""
        return text_diff(self.expected, self.planned, "expected", "planned")


def add_case(
    instance: Instance, module: Module, config: ModuleConfig, submission: Submission, name: str
) -> SavedCase:
    """Save what ``config`` makes of the submission today, and what the CRM says to it.

    Raises ConnectorError, also when a look-up fails, and SecretsUnreadable.
    """
    sample = sample_of(submission)
    with looking(instance, module.connection_id) as desk:
        lens = Lens(desk.connector, desk.catalog())
        planned = plan_sample(sample, through_lens(desk, lens), submission.form, config)
    if planned.error is not None:
        raise planned.error
    with instance.database.write() as session:
        return save_case(
            session,
            module_id=module.id,
            submission_id=submission.id,
            name=name,
            seen=dump_seen(lens.seen),
            expected=planned.text,
        )


def check_cases(instance: Instance, module: Module, document: ModuleConfig) -> list[CaseDiff]:
    """What ``document``, perhaps a draft, makes of each of the module's cases, by name.

    Raises SettingsError while the connection's catalog was never read.
    """
    with instance.database.read() as session:
        cases = cases_of(session, module.id)
        if not cases:
            return []
        connection = session.get_one(Connection, module.connection_id)
    catalog = stored_catalog(connection)
    if catalog is None:
        raise SettingsError(f"test the connection {connection.key} first: its catalog is not read")
    pool = Pool(1)
    try:
        return [_check(instance, connection, catalog, case, document, pool) for case in cases]
    finally:
        pool.close()


def _check(
    instance: Instance,
    connection: Connection,
    catalog: Catalog,
    case: SavedCase,
    document: ModuleConfig,
    pool: Pool,
) -> CaseDiff:
    memory = Memory(spec_for(connection), catalog, load_seen(case.seen))
    desk = from_memory(instance.database, memory, pool)
    planned = plan_sample(sample_of(case.submission), desk, case.submission.form, document)
    return CaseDiff(case.name, case.expected, planned.text)
