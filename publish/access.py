"""Who may see which county on the server: two roles, a table of bindings, and what row-level security asks.

A login that belongs to ``junheng_reader`` sees the rows of the counties it is bound to, by itself, by their city, or
all. Bindings lie in schema ``access``, which readers cannot look into; the functions that they call tell them only of
themselves.
"""

from typing import TYPE_CHECKING

from publish.targets.postgres import READER

if TYPE_CHECKING:
    import psycopg

LOADER = "junheng_loader"
_SETUP = f"""
    do $$ begin
        if to_regrole('{LOADER}') is null then create role {LOADER} login; end if;
        if to_regrole('{READER}') is null then create role {READER}; end if;
    end $$;
    do $$ begin
        execute format('grant connect, create on database %I to {LOADER}', current_database());
        execute format('grant connect on database %I to {READER}', current_database());
    end $$;
    create schema if not exists access;
    create table if not exists access.bindings (
        login name not null,
        scope text not null check (scope in ('county', 'city', 'all')),
        code text not null default '' check ((scope = 'all') = (code = '')),
        bound_at timestamptz not null default now(),
        bound_by name not null default session_user,
        primary key (login, scope, code)
    );
    comment on table access.bindings is '登录名与县区的绑定。Which counties a login may see.';
    -- The city of a county is found in the marts that stand at the moment.
    create or replace function access.counties() returns text[] language plpgsql stable security definer
        set search_path = pg_catalog, pg_temp as $$
    begin
        if to_regclass('marts.dim_county') is null then return '{{}}'; end if;
        return coalesce((
            select array_agg(c.code) from (
                select b.code from access.bindings as b where b.login = session_user and b.scope = 'county'
                union
                select d.county_code from marts.dim_county as d inner
                    join access.bindings as b on b.scope = 'city' and b.code = d.city_code
                where b.login = session_user
            ) as c
        ), '{{}}');
    end $$;
    create or replace function access.sees_all() returns boolean language sql stable security definer
        set search_path = pg_catalog, pg_temp as $$
        select exists (select from access.bindings as b where b.login = session_user and b.scope = 'all')
    $$;
    revoke all on all functions in schema access from public;
    grant usage on schema access to {READER}, {LOADER};
    grant execute on all functions in schema access to {READER}, {LOADER};
    alter schema access owner to {LOADER};
    alter table access.bindings owner to {LOADER};
    alter function access.counties() owner to {LOADER};
    alter function access.sees_all() owner to {LOADER};
"""


def set_up(server: "psycopg.Connection") -> None:
    """Create the roles, the bindings and the functions, as an administrator; doing it again changes nothing."""
    with server.transaction():
        server.execute(_SETUP)


def grant(server: "psycopg.Connection", login: str, scope: str, code: str = "") -> None:
    """Bind a login to a county, a city or all, and let it read.

    Raises:
        LookupError: there is no such login.
    """
    from psycopg import sql

    with server.transaction():
        if not server.execute("select from pg_roles where rolname = %s", [login]).fetchall():
            raise LookupError(login)
        server.execute(
            "insert into access.bindings (login, scope, code) values (%s, %s, %s) on conflict do nothing",
            [login, scope, code],
        )
        server.execute(sql.SQL("grant {} to {}").format(sql.Identifier(READER), sql.Identifier(login)))


def revoke(server: "psycopg.Connection", login: str, scope: str, code: str = "") -> bool:
    """Take a binding back; with its last one a login loses the right to read. Return whether there was one."""
    from psycopg import sql

    with server.transaction():
        taken = server.execute(
            "delete from access.bindings where login = %s and scope = %s and code = %s returning 1",
            [login, scope, code],
        ).fetchall()
        if taken and not server.execute("select from access.bindings where login = %s", [login]).fetchall():
            server.execute(sql.SQL("revoke {} from {}").format(sql.Identifier(READER), sql.Identifier(login)))
    return bool(taken)


def bindings(server: "psycopg.Connection") -> list[tuple[str, str, str, object, str]]:
    """Return login, scope, code, since when, and by whom, of every binding."""
    return server.execute(
        "select login, scope, code, bound_at, bound_by from access.bindings order by login, scope, code"
    ).fetchall()
