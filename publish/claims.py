"""For whom the dashboards read, said so that the database can check it.

The dashboards open the database by one login. Beside it goes a claim in the session's setting ``junheng.person``: the
name of the person's own login, and an HMAC of that name by a key that follows from the dashboards' password. Who reads
through the dashboards may set the setting to anything, but knows no other person's claim. ``publish/access.py`` has the
database's side. Standard library only: Superset's own environment imports this.
"""

import hashlib
import hmac
from functools import cache

SETTING = "junheng.person"
_BLOCK = 64  # bytes that SHA-256 takes at once


def claim(person: str, password: str) -> str:
    """Return what the setting has to say: the name in hexadecimal, a colon, the HMAC-SHA256 of that text."""
    name = person.encode().hex()
    return f"{name}:{hmac.new(_key(password), name.encode(), hashlib.sha256).hexdigest()}"


def pads(password: str) -> tuple[bytes, bytes]:
    """Return the key as the database needs it, which has SHA-256 but no HMAC: both pads of RFC 2104."""
    key = _key(password).ljust(_BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in key), bytes(b ^ 0x5C for b in key)


@cache
def _key(password: str) -> bytes:
    """Return the key: a person reads its own claim, and must not try out passwords by it."""
    return hashlib.scrypt(password.encode(), salt=b"junheng.person", n=2**14, r=8, p=1, dklen=32)
