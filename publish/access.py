"""Who may see which county on the server: two roles, a table of bindings, and what the readers' views ask.

A login that belongs to ``junheng_reader`` sees the rows of the counties it is bound to, by itself, by their city, or
all. A binding is of a role, not of its name: a role made anew under an old name has none. Bindings lie in schema
``access``, which readers cannot look into; the functions that the views call tell them only of themselves.

The dashboards' login is a gateway: it has no rows of its own, and reads for the person whose claim its session brings
(``publish/claims.py``).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from publish import server_rights
from publish.claims import SETTING, pads
from publish.targets.postgres import LOADER, READER

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

_T = TypeVar("_T")
# What a login begins with, and may raise for itself.
LOGIN_DEFAULTS = {
    "statement_timeout": "5min",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "10min",
}
# What it may not raise; a superuser sets it.
_LOGIN_LIMITS = {"temp_file_limit": "10GB"}
# So that the locks of one login's sessions leave room in the server's table of locks.
CONNECTIONS_PER_LOGIN = 20
CONNECTIONS_PER_GATEWAY = 50
_TRIES = 5
_WAIT = "5s"  # a login's own open change of its role, or of its rights to the database, stands in the way
_SETUP = f"""
    do $$ begin
        if to_regrole('{LOADER}') is null then create role {LOADER} login; end if;
        if to_regrole('{READER}') is null then create role {READER}; end if;
        -- An administrator who is no superuser gives away what he makes only to a role that he belongs to.
        if current_setting('is_superuser') = 'off' and not pg_has_role(current_user, '{LOADER}', 'set') then
            execute format('grant {LOADER} to %I with inherit true, set true', current_user);
        end if;
    end $$;
    do $$ begin
        execute format('revoke all on database %I from public', current_database());
        execute format('grant connect, create on database %I to {LOADER}', current_database());
        execute format('grant connect on database %I to {READER}', current_database());
    end $$;
    revoke all on schema public from public;
    create schema if not exists access;
    create table if not exists access.bindings (
        role_id regrole not null,
        scope text not null check (scope in ('county', 'city', 'all')),
        code text not null default '' check ((scope = 'all') = (code = '')),
        bound_at timestamptz not null default now(),
        bound_by name not null default session_user,
        primary key (role_id, scope, code)
    );
    -- Bindings of 0.1.0 were of names.
    do $$ begin
        if exists (select from pg_attribute where attrelid = 'access.bindings'::regclass and attname = 'login'
            and not attisdropped) then
            alter table access.bindings add column role_id regrole;
            update access.bindings set role_id = to_regrole(quote_ident(login));
            delete from access.bindings where role_id is null;
            alter table access.bindings drop column login;
            alter table access.bindings add primary key (role_id, scope, code);
        end if;
    end $$;
    comment on table access.bindings is '登录角色与县区的绑定。Which counties a login may see.';
    -- Whoever copies holds this row; nobody else can lock it.
    create table if not exists access.copying (is_one boolean primary key default true check (is_one));
    insert into access.copying default values on conflict do nothing;
    -- Logins that read for the persons of their claims; the pads are the key of these claims.
    create table if not exists access.gateways (
        role_id regrole primary key,
        inner_pad bytea not null,
        outer_pad bytea not null
    );
    -- A number means another role once a dump is restored elsewhere; a dump names what is of type regrole.
    do $$ declare name text; begin
        foreach name in array array['bindings', 'gateways'] loop
            if (select atttypid from pg_attribute where attrelid = ('access.' || name)::regclass
                and attname = 'role_id') = 'oid'::regtype then
                execute format('alter table access.%I alter column role_id type regrole', name);
            end if;
        end loop;
    end $$;
    create or replace function access.person() returns oid language sql stable security definer
        set search_path = pg_catalog, pg_temp as $$
        select case
            when g.role_id is null then to_regrole(quote_ident(session_user))::oid
            when s.mac = encode(sha256(g.outer_pad || sha256(g.inner_pad || convert_to(s.name, 'UTF8'))), 'hex')
                then to_regrole(quote_ident(convert_from(decode(s.name, 'hex'), 'UTF8')))::oid
        end
        from (
            select split_part(c.claim, ':', 1) as name, split_part(c.claim, ':', 2) as mac
            from (select coalesce(current_setting('{SETTING}', true), '') as claim) as c
        ) as s
        left join access.gateways as g on g.role_id = to_regrole(quote_ident(session_user))::oid
    $$;
    create or replace function access.sees_all() returns boolean language sql stable security definer
        set search_path = pg_catalog, pg_temp as $$
        -- The owner of the marts, and an administrator, could read the tables themselves.
        select coalesce(pg_has_role(p.role_id, '{LOADER}', 'member'), false) or exists (
            select from access.bindings as b where b.role_id = p.role_id and b.scope = 'all'
        )
        from (select access.person() as role_id) as p
    $$;
    -- The city of a county is found in the marts that stand at the moment. Who sees all needs no list.
    create or replace function access.counties() returns text[] language plpgsql stable security definer
        set search_path = pg_catalog, pg_temp as $$
    begin
        if access.sees_all() or to_regclass('marts_rows.dim_county') is null then return '{{}}'; end if;
        return coalesce((
            select array_agg(c.code) from (
                select b.code from access.bindings as b
                where b.role_id = access.person() and b.scope = 'county'
                union
                select d.county_code from marts_rows.dim_county as d
                inner join access.bindings as b on b.scope = 'city' and b.code = d.city_code
                where b.role_id = access.person()
            ) as c
        ), '{{}}');
    end $$;
    revoke all on function access.person(), access.sees_all(), access.counties() from public;
    grant usage on schema access to {READER}, {LOADER};
    grant execute on function access.person(), access.sees_all(), access.counties() to {READER}, {LOADER};
    alter schema access owner to {LOADER};
    -- Whoever reads holds these tables until his transaction ends: what is right already is left alone.
    do $$ declare name text; begin
        foreach name in array array['bindings', 'copying', 'gateways'] loop
            if (select relowner from pg_class where oid = ('access.' || name)::regclass) <> '{LOADER}'::regrole then
                execute format('alter table access.%I owner to {LOADER}', name);
            end if;
        end loop;
    end $$;
    alter function access.person() owner to {LOADER};
    alter function access.counties() owner to {LOADER};
    alter function access.sees_all() owner to {LOADER};
"""


@dataclass(frozen=True)
class SetUp:
    """What a setup could do: whether PostgreSQL's own listings are closed, and which databases stand open beside."""

    is_closed: bool
    open_databases: list[str]


@dataclass(frozen=True)
class Binding:
    """What a login may see: a county, a city's counties, or all; since when, and by whom it was granted."""

    login: str
    scope: str
    code: str
    bound_at: datetime
    bound_by: str


def set_up(server: "psycopg.Connection") -> SetUp:
    """Create the roles, the bindings and the functions, as an administrator; doing it again changes nothing.

    Raises:
        psycopg.errors.LockNotAvailable: somebody holds what is to be changed.
    """

    def work() -> SetUp:
        server.execute(_SETUP)
        return SetUp(server_rights.close(server), server_rights.open_databases(server))

    return _done(server, work)


def _done(server: "psycopg.Connection", work: "Callable[[], _T]") -> "_T":
    """Do some work in a transaction that waits for nobody long; again, where somebody else changed the same meanwhile.

    Raises:
        psycopg.errors.LockNotAvailable: somebody holds what is to be changed.
    """
    import psycopg

    for is_last in (*[False] * _TRIES, True):
        try:
            with server.transaction():
                server.execute(f"set local lock_timeout = '{_WAIT}'")
                return work()
        except psycopg.errors.InternalError_:  # tuple concurrently updated
            if is_last:
                raise
    raise AssertionError


def grant(server: "psycopg.Connection", login: str, scope: str, code: str = "") -> bool:
    """Bind a login to a county, a city or all, and let it read.

    Returns:
        Whether the marts that stand know the county or city; True where there are none yet.

    Raises:
        LookupError: there is no such login.
        psycopg.errors.LockNotAvailable: the login is changing itself, in a transaction that is open.
    """
    from psycopg import sql

    name = sql.Identifier(login)

    def work() -> None:
        found = server.execute("select to_regrole(quote_ident(%s))::oid", [login]).fetchall()
        if found == [(None,)]:
            raise LookupError(login)
        _forget_dropped(server)
        server.execute(
            "insert into access.bindings (role_id, scope, code) values (%s, %s, %s) on conflict do nothing",
            [found[0][0], scope, code],
        )
        server.execute(sql.SQL("grant {} to {}").format(sql.Identifier(READER), name))
        server.execute(sql.SQL("alter role {} connection limit {}").format(name, CONNECTIONS_PER_LOGIN))
        limits = LOGIN_DEFAULTS | (_LOGIN_LIMITS if server_rights.is_superuser(server) else {})
        for setting, value in limits.items():
            server.execute(sql.SQL("alter role {} set {} = {}").format(name, sql.Identifier(setting), value))

    _done(server, work)
    return scope == "all" or _is_known(server, scope, code)


def open_gateway(server: "psycopg.Connection", login: str, password: str) -> None:
    """Let a login read for persons, by claims of its password's key; by itself it sees what it claims for itself."""
    from psycopg import sql

    def work() -> None:
        server.execute(
            "insert into access.gateways select to_regrole(quote_ident(%s))::oid, %s, %s "
            "on conflict (role_id) do update set inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad",
            [login, *pads(password)],
        )
        limit = sql.SQL("alter role {} connection limit {}").format(sql.Identifier(login), CONNECTIONS_PER_GATEWAY)
        server.execute(limit)

    _done(server, work)


def _is_known(server: "psycopg.Connection", scope: str, code: str) -> bool:
    from psycopg import sql

    if server.execute("select to_regclass('marts_rows.dim_county') is null").fetchall() == [(True,)]:
        return True
    column = sql.Identifier(f"{scope}_code")
    asked = sql.SQL("select exists (select from marts_rows.dim_county where {} = %s)").format(column)
    return bool(server.execute(asked, [code]).fetchall()[0][0])


def _forget_dropped(server: "psycopg.Connection") -> None:
    """Delete what is kept of roles that are no more."""
    for table in ("bindings", "gateways"):
        server.execute(f"delete from access.{table} where role_id::text = role_id::oid::text")


def revoke(server: "psycopg.Connection", login: str, scope: str, code: str = "") -> bool:
    """Take a binding back; with its last one a login loses the right to read, and its sessions end.

    Returns:
        Whether there was such a binding.
    """
    from psycopg import sql

    with server.transaction():
        of_login = "role_id = to_regrole(quote_ident(%s))::oid"
        taken = server.execute(
            f"delete from access.bindings where {of_login} and scope = %s and code = %s returning 1",
            [login, scope, code],
        ).fetchall()
        if taken and not server.execute(f"select from access.bindings where {of_login}", [login]).fetchall():
            server.execute(sql.SQL("revoke {} from {}").format(sql.Identifier(READER), sql.Identifier(login)))
            if server_rights.is_superuser(server):
                server.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [login])
    return bool(taken)


def bindings(server: "psycopg.Connection") -> list[Binding]:
    """Return every binding of a role that there is."""
    rows = server.execute(
        "select pg_get_userbyid(role_id::oid), scope, code, bound_at, bound_by from access.bindings "
        "where role_id::text <> role_id::oid::text order by 1, 2, 3"
    ).fetchall()
    return [Binding(*row) for row in rows]
