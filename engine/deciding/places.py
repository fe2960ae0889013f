"""Pipelines and stages that a module names, as the account's ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from connectors.catalog import Catalog, FieldType, Pipeline


class Places:
    """Looks places up; what is not there is added to ``problems``."""

    def __init__(self, catalog: Catalog, problems: list[str]) -> None:
        self._catalog = catalog
        self._problems = problems

    def target(
        self, pipeline_name: str | None, stage_name: str | None
    ) -> Iterator[tuple[str, FieldType, str, str]]:
        """Where a deal goes, as (field id, type, label, value); nothing when it is left to the CRM."""
        if pipeline_name is None and stage_name is None:
            return
        pipeline = self._pipeline(pipeline_name)
        if pipeline is None:
            self._problems.append(f"there is no pipeline {pipeline_name!r} in the CRM any more")
            return
        yield "pipeline", FieldType.PIPELINE, "Pipeline", pipeline.id
        if stage_name is None:
            return
        stage = pipeline.stage(stage_name)
        if stage is None:
            self._problems.append(f"pipeline {pipeline.label!r} has no stage {stage_name!r}")
            return
        yield "stage", FieldType.STAGE, "Stage", stage.id

    def stage_order(self, pipeline_name: str | None) -> Mapping[str, int]:
        """Stage id to its position in the pipeline."""
        pipeline = self._pipeline(pipeline_name)
        stages = pipeline.stages if pipeline else ()
        return {stage.id: position for position, stage in enumerate(stages)}

    def pipeline_ids(self, names: Sequence[str]) -> Iterator[str]:
        for name in names:
            pipeline = self._catalog.pipeline(name)
            if pipeline is None:
                self._problems.append(f"there is no pipeline {name!r} to look for deals in")
            else:
                yield pipeline.id

    def stage_ids(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """(pipeline id, stage id) of every pipeline's stage of these names."""
        for name in names:
            found = [
                (pipeline.id, stage.id)
                for pipeline in self._catalog.pipelines
                if (stage := pipeline.stage(name)) is not None
            ]
            if not found:
                self._problems.append(f"there is no stage {name!r} to look for deals in")
            yield from found

    def _pipeline(self, name: str | None) -> Pipeline | None:
        """The named pipeline, or the main one."""
        if name is not None:
            return self._catalog.pipeline(name)
        pipelines = self._catalog.pipelines
        main = next((pipeline for pipeline in pipelines if pipeline.main), None)
        return main or (pipelines[0] if pipelines else None)
