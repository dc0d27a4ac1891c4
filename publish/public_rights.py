"""What PostgreSQL leaves to everybody, and the database of the marts does not.

Who reads the marts needs none of it. It tells of other logins (who is there, what they ask, how many rows a table gave
them), ends their sessions, or takes what a server has only so much of: locks, large objects, its log.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

# Tables and views, by name; functions, by name or its beginning. The views pg_stat_* ask the functions pg_stat_*.
_RELATIONS = ("pg_roles", "pg_user", "pg_group", "pg_auth_members", "pg_db_role_setting", "pg_shdepend")
_FUNCTIONS = (
    "pg_stat_.*",
    "pg_lock_status",
    "pg_prepared_xact",
    "pg_(cancel|terminate)_backend",
    "pg_(try_)?advisory_.*",
    "lo_.*",
    "loread",
    "lowrite",
    "pg_logical_emit_message",
)


def close(server: "psycopg.Connection") -> bool:
    """Take it from everybody in this database. Return False where the administrator may not: a superuser may."""
    if not is_superuser(server):
        return False
    of_public = (
        "select oid::regprocedure::text from pg_proc where pronamespace = 'pg_catalog'::regnamespace "
        "and proname ~ %s and has_function_privilege('public', oid, 'execute')"
    )
    for (function,) in server.execute(of_public, [f"^({'|'.join(_FUNCTIONS)})$"]).fetchall():
        server.execute(f"revoke execute on function {function} from public")
    for relation in _RELATIONS:
        server.execute(f"revoke select on pg_catalog.{relation} from public")
    return True


def is_superuser(server: "psycopg.Connection") -> bool:
    """Tell whether the connection's role may do everything."""
    return server.execute("select rolsuper from pg_roles where rolname = current_user").fetchall() == [(True,)]


def open_databases(server: "psycopg.Connection") -> list[str]:
    """Return the other databases of the server that every login may open: there, all this is told."""
    return [
        name
        for (name,) in server.execute(
            "select datname from pg_database where datallowconn and datname <> current_database() "
            "and has_database_privilege('public', oid, 'connect') order by 1"
        ).fetchall()
    ]
