"""OpenLineage events of a run, to whatever collects them, where setting ``openlineage_url`` says so.

The night is one run, each task of the pipeline a run within it. Delivered sources go in, marts come out; a name, a
schema and a number of rows, never a value. An endpoint that does not answer is told once and holds nothing up.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from junheng.home import Home
from junheng.settings import Settings, settings
from publish.language import say

if TYPE_CHECKING:
    from openlineage.client import OpenLineageClient

Progress = Callable[[str], None]

_NAMESPACE, _NIGHT = "junheng", "night"
_PRODUCER = "https://junheng.example/"
_SECONDS = 5
_FIRST, _LAST = "receive", "summarise"
_silent: set[str] = set()  # addresses that did not answer this process


@contextmanager
def reported(task: str, home: Home, night: str, progress: Progress) -> Iterator[None]:
    """Tell that a task of a night begins, and how it ends.

    Args:
        task: its name; the first begins the night, the last ends it.
        home: the installation.
        night: id of the night's run, the same in each of its tasks.
        progress: told when events could not be delivered.
    """
    set_up = settings()
    if not set_up.openlineage_url:
        yield
        return
    events = _Events(set_up, home, night, progress)
    own = str(uuid4())
    if task == _FIRST:
        events.tell("START", _NIGHT, night)
    events.tell("START", task, own)
    try:
        yield
    except BaseException as error:
        state = "FAIL" if isinstance(error, Exception) else "ABORT"
        events.tell(state, task, own, error=str(error))
        events.tell(state, _NIGHT, night, error=str(error))
        raise
    events.tell("COMPLETE", task, own)
    if task == _LAST:
        events.tell("COMPLETE", _NIGHT, night)


class _Events:
    def __init__(self, set_up: Settings, home: Home, night: str, progress: Progress):
        self._home, self._night, self._progress = home, night, progress
        self._address = set_up.openlineage_url
        self._client = None if self._address in _silent else _client(set_up)

    def tell(self, state: str, job: str, run: str, error: str = "") -> None:
        """Send one event; where it can't be delivered, say so and send no more."""
        if self._client is None:
            return
        try:
            self._client.emit(self._event(state, job, run, error))
        except Exception as problem:  # whatever the endpoint, the network or the library makes of it
            self._client = None
            _silent.add(self._address)
            kind = type(problem).__name__  # its text may hold the address
            self._progress(say(f"    OpenLineage 事件未送达：{kind}", f"    OpenLineage events not delivered: {kind}"))

    def _event(self, state: str, job: str, run: str, error: str) -> Any:
        from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
        from openlineage.client.facet_v2 import error_message_run, job_type_job, parent_run

        facets: dict[str, Any] = {}
        if job != _NIGHT:
            night = parent_run.Job(namespace=_NAMESPACE, name=_NIGHT)
            facets["parent"] = parent_run.ParentRunFacet(run=parent_run.Run(runId=self._night), job=night)
        if error:
            facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(message=error, programmingLanguage="Python")
        kind = job_type_job.JobTypeJobFacet(processingType="BATCH", integration="JUNHENG", jobType="TASK")
        is_done = state == "COMPLETE"
        return RunEvent(
            eventType=RunState[state],
            eventTime=dt.datetime.now(dt.UTC).isoformat(),
            run=Run(runId=run, facets=facets),
            job=Job(namespace=_NAMESPACE, name=job, facets={"jobType": kind}),
            producer=_PRODUCER,
            inputs=self._delivered() if is_done and job in (_NIGHT, "build") else [],
            outputs=self._marts() if is_done and job in (_NIGHT, "publish") else [],
        )

    def _delivered(self) -> list[Any]:
        from openlineage.client.event_v2 import InputDataset

        from extract.landing.ledger import Ledger

        sources = sorted({event.source for event in Ledger(self._home.store).events() if event.source})
        return [InputDataset(namespace=_NAMESPACE, name=f"landing/{source}") for source in sources]

    def _marts(self) -> list[Any]:
        import duckdb
        from openlineage.client.event_v2 import OutputDataset
        from openlineage.client.facet_v2 import documentation_dataset, output_statistics_output_dataset, schema_dataset

        from publish.dictionary import marts

        with duckdb.connect(str(self._home.warehouse), read_only=True) as connection:
            return [
                OutputDataset(
                    namespace=_NAMESPACE,
                    name=f"marts.{mart.name}",
                    facets={
                        "schema": schema_dataset.SchemaDatasetFacet(
                            fields=[
                                schema_dataset.SchemaDatasetFacetFields(
                                    name=column.name, type=column.data_type, description=column.description
                                )
                                for column in mart.columns
                            ]
                        ),
                        "documentation": documentation_dataset.DocumentationDatasetFacet(description=mart.description),
                    },
                    outputFacets={
                        "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
                            rowCount=connection.execute(f"select count(*) from marts.{mart.name}").fetchall()[0][0]
                        )
                    },
                )
                for mart in marts()
            ]


def _client(set_up: Settings) -> "OpenLineageClient":
    from openlineage.client import OpenLineageClient

    key = set_up.openlineage_key.get_secret_value()
    transport: dict[str, Any] = {"type": "http", "url": set_up.openlineage_url, "timeout": _SECONDS}
    transport["retry"] = {"total": 0}
    if key:
        transport["auth"] = {"type": "api_key", "apiKey": key}
    return OpenLineageClient(config={"transport": transport})
