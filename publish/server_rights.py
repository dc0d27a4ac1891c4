"""What a superuser takes from every login of the marts' database, and what he gives to the loader.

PostgreSQL leaves much to everybody that no reader needs. It tells of other logins (who is there, what they ask, how
many rows a table gave them), ends their sessions, takes what a server has only so much of (locks, large objects, disk),
or holds up whoever changes the same object: a ``revoke`` of rights that one does not have changes nothing, and still
holds its row until the transaction ends.
"""

from typing import TYPE_CHECKING

from publish.targets.postgres import LOADER, READER

if TYPE_CHECKING:
    import psycopg

# Tables and views, by name; functions, by name or its beginning. The views pg_stat_* ask the functions pg_stat_*.
_RELATIONS = ("pg_roles", "pg_user", "pg_group", "pg_auth_members", "pg_db_role_setting", "pg_shdepend")
_FUNCTIONS = (
    "pg_stat_.*",
    "pg_lock_status",
    "pg_(safe_snapshot_)?blocking_pids",
    "pg_isolation_test_session_is_blocked",
    "pg_prepared_xact",
    "pg_(cancel|terminate)_backend",
    "pg_(try_)?advisory_.*",
    "lo_.*",
    "loread",
    "lowrite",
    "pg_logical_emit_message",
    "pg_export_snapshot",
    "pg_notify",
)
ENDING = "access.end_sessions_in_the_way(interval)"
LOCKS_PER_SESSION = 1000  # reading every table and view of a database takes some 400
_OWNS = "pg_has_role({0}, (select datdba from pg_database where datname = current_database()), 'member')"
_OWN_SESSION, _OWN_OTHER = _OWNS.format("session_user"), _OWNS.format("a.usesysid")
_GUARDS = f"""
    -- Who neither loads nor owns the database has nothing of its own there to change.
    create or replace function access.readers_change_nothing() returns event_trigger language plpgsql
        set search_path = pg_catalog, pg_temp as $$
    begin
        if not (pg_has_role(session_user, '{LOADER}', 'member') or {_OWN_SESSION}) then
            raise insufficient_privilege using message = 'readers change nothing: ' || tg_tag;
        end if;
    end $$;
    drop event trigger if exists junheng_readers_change_nothing;
    create event trigger junheng_readers_change_nothing on ddl_command_start
        execute function access.readers_change_nothing();
    -- Sessions of this database, and those of readers wherever they hold locks of the server's one table.
    create or replace function access.end_sessions_in_the_way(older_than interval)
        returns table (login name, since timestamptz, locks bigint) language sql volatile security definer
        set search_path = pg_catalog, pg_temp as $$
        with sessions as (
            select
                a.pid, a.usename, a.xact_start, a.datname = current_database() as is_here,
                (select count(*) from pg_locks as l where l.pid = a.pid) as locks
            from pg_stat_activity as a
            where a.backend_type = 'client backend' and not pg_has_role(a.usesysid, '{LOADER}', 'member')
                and case when a.datname = current_database() then not {_OWN_OTHER}
                    else pg_has_role(a.usesysid, '{READER}', 'member') end
        ),
        in_the_way as materialized (  -- chosen first: in one condition the ending could be tried before the rest
            select * from sessions
            where (is_here and xact_start < clock_timestamp() - older_than) or locks > {LOCKS_PER_SESSION}
        )
        select usename, xact_start, locks from in_the_way where pg_terminate_backend(pid, 2000)
    $$;
    revoke all on function access.readers_change_nothing(), access.end_sessions_in_the_way(interval) from public;
    grant execute on function access.end_sessions_in_the_way(interval) to {LOADER};
    -- A copy finds a connection however many readers are there.
    grant pg_use_reserved_connections to {LOADER};
    -- Without it nobody writes programs that run on the server.
    revoke usage on language plpgsql from public;
    grant usage on language plpgsql to {LOADER};
"""


def close(server: "psycopg.Connection") -> bool:
    """Take it from everybody in this database; a superuser may. Return whether he or another one has done so."""
    if not is_superuser(server):
        return server.execute("select to_regprocedure(%s) is not null", [ENDING]).fetchall() == [(True,)]
    of_public = (
        "select oid::regprocedure::text from pg_proc where pronamespace = 'pg_catalog'::regnamespace "
        "and proname ~ %s and has_function_privilege('public', oid, 'execute')"
    )
    for (function,) in server.execute(of_public, [f"^({'|'.join(_FUNCTIONS)})$"]).fetchall():
        server.execute(f"revoke execute on function {function} from public")
    for relation in _RELATIONS:
        server.execute(f"revoke select on pg_catalog.{relation} from public")
    server.execute(_GUARDS)
    return True


def is_superuser(server: "psycopg.Connection") -> bool:
    """Tell whether the connection's role may do everything."""
    return server.execute("select current_setting('is_superuser')").fetchall() == [("on",)]


def open_databases(server: "psycopg.Connection") -> list[str]:
    """Return the other databases of the server that every login may open: there, all this is left to it."""
    return [
        name
        for (name,) in server.execute(
            "select datname from pg_database where datallowconn and datname <> current_database() "
            "and has_database_privilege('public', oid, 'connect') order by 1"
        ).fetchall()
    ]
