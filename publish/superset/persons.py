"""One Superset for many offices: who has a login of the database signs in with it, and sees what it may see.

An account of Superset's own (``admin``) stays what it was. Everyone else is asked for name and password of the
database, which are tried there and not kept. What a person asks runs as the dashboards' login, with a claim for the
person (``publish/claims.py``): the database decides what that shows.
"""

import logging
import os
import secrets
from typing import Any

import psycopg2
from flask_appbuilder.security.sqla.models import User
from sqlalchemy.engine import URL, make_url
from superset.security import SupersetSecurityManager
from superset.utils.core import get_user

from publish.claims import SETTING, claim

ROLE = "junheng_reader"
_MAIL = "@postgresql.invalid"  # marks the accounts made here; nothing is sent there
_MAY_READ = "select pg_has_role(session_user, 'junheng_reader', 'member')"
_SECONDS = 10


class Persons(SupersetSecurityManager):
    """Superset's accounts, and beside them the logins of the database."""

    def auth_user_db(self, username: str, password: str) -> User | None:
        """Return the account of who may sign in: by Superset's own password, or by the database's."""
        if user := super().auth_user_db(username, password):
            return user
        if not username or not password or not may_read(username, password):
            return None
        user = self.find_user(username=username)
        if user is None:
            user = self.add_user(
                username, username, "", f"{username}{_MAIL}", self.find_role(ROLE), secrets.token_urlsafe(32)
            )
        # An account of Superset's own, or of a name that differs in its capitals, is another person.
        if not user or user.username != username or not user.email.endswith(_MAIL) or not user.is_active:
            return None
        self.update_user_auth_stat(user, True)
        return user


def may_read(login: str, password: str) -> bool:
    """Return whether the database takes this login with this password, and lets it read the marts."""
    if _answer(login, secrets.token_urlsafe(32)) is not None:
        logging.getLogger(__name__).warning("The database takes %r with any password: nobody signs in by it", login)
        return False
    return _answer(login, password) is True


def _answer(login: str, password: str) -> bool | None:
    address = make_url(os.environ["SUPERSET_MARTS"])
    try:
        connection = psycopg2.connect(
            host=address.query.get("host") or address.host,
            port=address.port,
            dbname=address.database,
            user=login,
            password=password,
            connect_timeout=_SECONDS,
        )
    except (psycopg2.Error, ValueError):  # refused, or a name that no login can have
        return None
    try:
        with connection.cursor() as cursor:
            cursor.execute(_MAY_READ)
            return bool(cursor.fetchone()[0])
    except psycopg2.Error:
        return False
    finally:
        connection.close()


def as_person(
    uri: URL, params: dict[str, Any], username: str | None, security_manager: SupersetSecurityManager, source: object
) -> tuple[URL, dict[str, Any]]:
    """Superset's ``DB_CONNECTION_MUTATOR``: the marts are opened by the dashboards' login, for who is signed in."""
    marts = make_url(os.environ["SUPERSET_MARTS"])
    if (uri.host, uri.port, uri.database, uri.query.get("host")) != (
        marts.host,
        marts.port,
        marts.database,
        marts.query.get("host"),
    ):
        return uri, params
    password = os.environ.get("JUNHENG_DASHBOARDS_PASSWORD", "")  # empty: libpq finds it
    user = get_user()
    if user and not user.is_anonymous:  # who is nobody sees nothing
        # Superset's administrator sees what the dashboards' login is bound to.
        person = marts.username if security_manager.is_admin() else user.username
        arguments = params.setdefault("connect_args", {})
        arguments["options"] = f"{arguments.get('options', '')} -c {SETTING}={claim(person, password)}".strip()
    return uri.set(username=marts.username, password=password or None), params
