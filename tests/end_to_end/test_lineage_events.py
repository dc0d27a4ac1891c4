"""OpenLineage events of a night, as a collector receives them."""

import gzip
import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from publish.dictionary import marts
from tests.conftest import Office

Event = dict[str, Any]


class Collector(http.server.ThreadingHTTPServer):
    """Takes events at an address of its own."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: list[Event] = []
        self.keys: set[str | None] = set()
        self.address = f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.events.append(json.loads(body) | {"path": self.path})
        self.server.keys.add(self.headers.get("Authorization"))
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()


def told(events: list[Event]) -> list[tuple[str, str]]:
    return [(event["job"]["name"], event["eventType"]) for event in events]


def test_a_night_tells_what_goes_in_and_what_comes_out(
    night_office: Office, collector: Collector, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("JUNHENG_OPENLINEAGE_URL", collector.address)
    monkeypatch.setenv("JUNHENG_OPENLINEAGE_KEY", "a key")
    assert night_office.refresh().returncode == 0
    tasks = ("receive", "build", "publish", "write_pages", "distribute", "summarise")
    within = [(task, state) for task in tasks for state in ("START", "COMPLETE")]
    assert told(collector.events) == [("night", "START"), *within, ("night", "COMPLETE")]
    assert {event["path"] for event in collector.events} == {"/api/v1/lineage"} and collector.keys == {"Bearer a key"}
    (night,) = {event["run"]["runId"] for event in collector.events if event["job"]["name"] == "night"}
    assert {
        event["run"]["facets"]["parent"]["run"]["runId"]
        for event in collector.events
        if event["job"]["name"] != "night"
    } == {night}
    last = collector.events[-1]
    assert {"landing/census", "landing/finance"} <= {dataset["name"] for dataset in last["inputs"]}
    rows = {
        dataset["name"].partition(".")[2]: dataset["outputFacets"]["outputStatistics"]["rowCount"]
        for dataset in last["outputs"]
    }
    names = [mart.name for mart in marts()]
    assert rows == {name: night_office.query(f"select count(*) from marts.{name}")[0][0] for name in names}
    (verdicts,) = [d for d in last["outputs"] if d["name"] == "marts.mart_school_compliance"]
    assert {"name": "verdict", "type": "varchar"}.items() <= next(
        field for field in verdicts["facets"]["schema"]["fields"] if field["name"] == "verdict"
    ).items()


def test_a_night_that_fails_says_so(night_office: Office, collector: Collector, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JUNHENG_OPENLINEAGE_URL", collector.address)
    (night_office.root / "bronze" / "census_lines" / "census_2024_64.parquet").write_bytes(b"damaged")
    assert night_office.run("refresh", "--full").returncode in (0, 1)
    (night_office.root / "store" / "ledger.jsonl").write_bytes(b"no ledger\n")
    collector.events.clear()
    done = night_office.run("refresh")
    assert done.returncode == 1, done.stdout
    assert told(collector.events)[-2:] == [("receive", "FAIL"), ("night", "FAIL")]
    assert collector.events[-1]["run"]["facets"]["errorMessage"]["message"]


def test_a_collector_that_does_not_answer_holds_nothing_up(night_office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JUNHENG_OPENLINEAGE_URL", "http://127.0.0.1:9")
    done = night_office.refresh()
    assert done.returncode == 0 and done.stdout.count("OpenLineage 事件未送达") == 1
    monkeypatch.setenv("JUNHENG_OPENLINEAGE_URL", "ftp://x")
    done = night_office.refresh()
    assert done.returncode != 0 and "JUNHENG_OPENLINEAGE_URL" in done.stderr
