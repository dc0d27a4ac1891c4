"""Every model that Spark builds is DuckDB's, row for row: keys and texts exactly, figures to the twelfth digit."""

import math
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from junheng import synthetic
from junheng.spark import build, session
from tests.bench import nation
from tests.conftest import FIXTURES, Office, made_once
from tests.dbt.compiled import Model, figures

_NEAR = 1e-12


@pytest.fixture(scope="module")
def spark(master: str) -> Iterator["session.SparkSession"]:
    with session.session(master) as started:
        yield started


def _samples(office: Office) -> None:
    shutil.copytree(FIXTURES / "landing", office.landing, dirs_exist_ok=True)


def _dirty_county(office: Office) -> None:
    """Every source, and all dirt that synthetic counties have, in each way of writing them."""
    for number, form in enumerate(("workbook", "list", "csv")):
        county = synthetic.County(f"64980{number + 1}", 25, form)
        synthetic.write_county(office.landing, county, [2022, 2023, 2024, 2025], 7 + number, dirt=0.4, sources=True)


def _hundred_counties(office: Office) -> None:
    counties = synthetic.nation(100, 7_000, "mixed", 1)
    synthetic.write_nation(office.landing, counties, nation.YEARS, 1, 2, lambda _: None)


@pytest.mark.parametrize("deliver", [_samples, _dirty_county, _hundred_counties])
def test_every_model_is_the_same_as_on_duckdb(
    spark: "session.SparkSession",
    deliver: Callable[[Office], None],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
):
    def make(office: Office) -> None:
        deliver(office)
        done = office.refresh()
        assert office.query("select count(*) > 0 from marts.mart_school_compliance") == [(True,)], done.stdout

    office = made_once(tmp_path_factory, deliver.__name__, make)
    file, models = figures(office, tmp_path)
    began = time.perf_counter()
    built = build.build(spark, file, tmp_path / "spark", tmp_path / "logs")
    print(f"{deliver.__name__}: {len(built)} models in {time.perf_counter() - began:.0f} s")
    assert len(built) > 95
    unlike = []
    with duckdb.connect(str(file), read_only=True) as warehouse, duckdb.connect() as beside:
        for model in models:
            there = spark.table(f"{model.schema}.{model.name}").toArrow()
            here = warehouse.sql(_rows(model)).to_arrow_table()
            beside.register("here", here)
            beside.register("there", there)
            if difference := _difference(beside):
                unlike.append(f"{model.name}: {difference}")
    assert not unlike, "\n".join(unlike)
    shutil.rmtree(tmp_path)


def _rows(model: Model) -> str:
    """Return what the warehouse holds of a model, or says of one that it holds no table of."""
    return f"select * from ({model.sql})" if model.kept_as == "ephemeral" else f"from {model.schema}.{model.name}"


def _difference(beside: duckdb.DuckDBPyConnection) -> str:
    """Return how `there` is not `here`, '' where both say the same."""
    here, there = (
        dict(beside.execute(f"select column_name, column_type from (describe {side})").fetchall())
        for side in ("here", "there")
    )
    if here.keys() != there.keys():
        return f"columns {here.keys() ^ there.keys()}"
    numbers = [
        name for name, kind in here.items() if "DOUBLE" in (kind, there[name]) or "DECIMAL" in kind + there[name]
    ]
    exact = [name for name in here if name not in numbers]
    # Exact columns first, so that figures which differ in the last digit stand beside each other.
    listed = ", ".join([*(f'cast("{n}" as varchar)' for n in exact), *(f'cast("{n}" as double)' for n in numbers)])
    ours, theirs = (beside.execute(f"select {listed} from {t} order by all").fetchall() for t in ("here", "there"))
    if len(ours) != len(theirs):
        return f"{len(ours)} rows here, {len(theirs)} there"
    for one, other in zip(ours, theirs, strict=True):
        texts = one[: len(exact)] == other[: len(exact)]
        if not texts or not all(map(_alike, one[len(exact) :], other[len(exact) :])):
            return f"{dict(zip([*exact, *numbers], zip(one, other, strict=True), strict=True))}"
    return ""


def _alike(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=_NEAR, abs_tol=_NEAR)
