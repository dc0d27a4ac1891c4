"""A home that an earlier version wrote is taken over by the next night: its ledger, its history, its persons."""

import os
import shutil
import tarfile

import duckdb

from tests.conftest import FIXTURES, Office
from tests.same_marts import differences

# A synthetic county of six schools with all sources, received in two batches (2025-03-01, 2026-03-01).
_HOME = FIXTURES / "homes" / "0.1.0.tar.xz"


def _take_over(office: Office) -> None:
    with tarfile.open(_HOME) as archive:
        archive.extractall(office.root, filter="tar")
    for built in office.root.glob("build/*/built"):
        # A warehouse is trusted as it was built: an archive keeps times to the second only.
        os.utime(built.with_name("junheng.duckdb"), ns=(0, int(built.read_text().split()[1])))


def test_a_home_of_the_first_version_is_taken_over_as_it_stands(office: Office):
    _take_over(office)
    before = office.root / "before.duckdb"
    shutil.copy(office.root / "published" / "junheng.duckdb", before)
    ledger, key = (
        (office.root / "store" / "ledger.jsonl").read_bytes(),
        (office.root / "store" / "person.key").read_bytes(),
    )
    history = office.query("select batch, known_at, files_received from marts.dim_belief order by all")
    schools = office.query("select count(*) from snapshots.snapshot_schools where known_from < timestamp '2026-01-01'")

    done = office.refresh()

    assert done.returncode == 0, done.stdout + done.stderr
    assert (office.root / "store" / "ledger.jsonl").read_bytes() == ledger
    assert (office.root / "store" / "person.key").read_bytes() == key
    assert office.query("select batch, known_at, files_received from marts.dim_belief order by all") == history
    assert (
        office.query("select count(*) from snapshots.snapshot_schools where known_from < timestamp '2026-01-01'")
        == schools
    )
    after = office.root / "after.duckdb"
    shutil.copy(office.root / "published" / "junheng.duckdb", after)
    after.chmod(0o600)
    with duckdb.connect(str(after)) as warehouse:  # reasons that files have been asked about since
        warehouse.execute("delete from marts.mart_check_result where check_id = 'file_form_of_another_source'")
    before.chmod(0o600)
    with duckdb.connect(str(before)) as warehouse:  # receipts were numbered over all counties
        of_county = "cast(dense_rank() over (partition by county_code order by receipt) as integer) as receipt"
        warehouse.execute(
            f"create or replace table marts.mart_file_outcome as select * replace ({of_county}) "
            "from marts.mart_file_outcome"
        )
    assert differences(before, after) == []
