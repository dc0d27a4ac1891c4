"""What a query means at its edges: nothing, nulls, ties; DuckDB and Spark must answer the same."""

from collections.abc import Iterator

import duckdb
import pytest

from junheng.spark import session

_ROWS = (
    "(values ('a', 1, 2.0, 'x'), ('a', 2, null, null), ('a', null, 7.25, 'z'), ('b', null, null, null), "
    "('b', 3, 1e300, ''), ('c', null, null, null)) as t (k, n, f, s)"
)
_QUERIES = [
    "select k, list(n order by n) as l from {t} group by k",
    "select k, array_to_string(list_sort(list(s)), ';') as l from {t} where s is not null group by k",
    "select k, list(n) filter (where n > 1) as l from {t} group by k",
    "select list_sum(list_sort(list(f) filter (where f < 100))) as s, list_avg(list(n)) as a from {t}",
    "select k, coalesce(list_sum(list(f) filter (where f < 0)), -1) as s from {t} group by k",
    "select k, arg_max(s, n) as s, arg_min(n, coalesce(f, 0)) as n, max_by(f, n) as f from {t} group by k",
    "select k, any_value(s) as s, any_value(n) filter (where n > 1) as n from {t} group by k",
    "select k, arg_max_null({{'a': f}}, row(n, k)) as h from {t} where n is not null group by k",
    "select trunc(f) as f, trunc(-1.5) as m, ceil(cast(n as double) / 2) as c, round(f, n) as r from {t}",
    "select 1.0 / n as d, power(1.5, 1.0 / n) as p, n / 2 as h from {t} where n is not null",
    "select regexp_full_match(coalesce(s, k), '[a-x]') as m from {t}",
    "select (list(k order by k))[:2] as l, array_length(list(k)) as n, list_position(list(k order by k), 'b') as p "
    "from {t}",
    "select list_concat(list(s) filter (where n > 9), list(k order by k)) as l from {t}",
    "select string_agg(s, '/' order by s) as s from {t}",
    "select k, n from {t} qualify row_number() over (partition by k order by n nulls last, f) = 1",
    "with one as (select * from {t}), two as (select *, n as more from one) "
    "select * from one union all by name select * exclude (f) from two",
    "with one as (select k, n, f from {t}) select * from one unpivot include nulls (v for name in (columns(* exclude "
    "(k))))",
    "select o.* replace (upper(o.k) as k) from (select * from {t}) as o",
    "select columns('^[kn]$') from (select * from {t}) as o",
    "select k, greatest(n, f) as g, least(n, f) as l, concat_ws('-', k, s) as c, k || s as b from {t}",
    "select split_part('3.14', '.', 2) as p, try_cast(s as integer) as i, split_part(s, '.', 3) as e from {t}",
    "select cast(f as varchar) as w from {t} where f < 100",
    "select bool_or(n > 1) as o, bool_and(n > 0) as a, count(n) as n, sum(n) as s from {t} where k = 'c'",
]


@pytest.fixture(scope="module")
def spark(master: str) -> Iterator["session.SparkSession"]:
    with session.session(master) as started:
        yield started


@pytest.mark.parametrize("query", _QUERIES)
def test_both_answer_the_same(spark: "session.SparkSession", query: str):
    sql = query.format(t=_ROWS)
    here = duckdb.sql(f"select * from ({sql})")
    there = [tuple(row) for row in spark.sql(session.translated(spark, sql)).collect()]
    assert sorted(map(_plain, there)) == sorted(map(_plain, here.fetchall()))


def _plain(row: tuple) -> str:
    """Return a row as text: whole numbers and others alike, lists and structs by what they hold."""

    def said(value: object) -> object:
        if isinstance(value, bool) or value is None or isinstance(value, str):
            return value
        if isinstance(value, (list, tuple)):
            return [said(one) for one in value]
        if isinstance(value, dict):
            return [said(one) for one in value.values()]
        return float(value)  # type: ignore[arg-type]

    return repr([said(value) for value in row])
