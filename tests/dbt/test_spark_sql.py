"""The models are written once: what only DuckDB understands must not slip in, though Spark is not at hand here."""

from pathlib import Path

import duckdb
import pytest
from sqlglot import exp, parse

from junheng.spark.translation import NotForSpark, to_spark
from tests.conftest import Office
from tests.dbt.compiled import figures


def nothing_to_name(query: exp.Query) -> list[str]:
    raise AssertionError(f"columns asked of {query}")


def test_every_model_of_the_figures_can_be_said_to_spark(sample_office: Office, tmp_path: Path):
    file, models = figures(sample_office, tmp_path)
    assert len(models) > 110
    with duckdb.connect(str(file), read_only=True) as warehouse:

        def columns_of(query: exp.Query) -> list[str]:
            return [name for name, *_ in warehouse.execute(f"describe {query.sql('duckdb')}").fetchall()]

        wrong = {}
        for model in models:
            try:
                said = to_spark(model.sql, columns_of)
            except NotForSpark as error:
                wrong[model.name] = str(error)[:300]
            else:
                assert len(parse(said, read="spark")) == 1, model.name
    assert not wrong


@pytest.mark.parametrize(
    "sql",
    [
        "select list_zip(a, b) from t",
        "select epoch_ms(a) from t",
        "select a from t where (a, b) in (select (a, b) from u)",
        "select a + unnest(b) from t",
        "select * from t inner join u on t.a = (select max(v.a) from v where v.b = u.b)",
        "select list(a order by b desc) from t",
        "select list(distinct a) from t",
        "select a[2:] from t",
        "select distinct a from t qualify row_number() over (partition by a) = 1",
        "select columns(* exclude (a)) from t",
    ],
)
def test_what_nobody_has_told_how_to_say_is_refused(sql: str):
    with pytest.raises(NotForSpark):
        to_spark(sql, nothing_to_name)
