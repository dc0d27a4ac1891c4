"""Superset for Junheng: secrets from the environment only, Chinese first, nothing sent anywhere."""

import os

from publish.superset.persons import Persons, as_person
from publish.superset.wording import mend

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]  # no default: a start without it is refused
SQLALCHEMY_DATABASE_URI = os.environ["SUPERSET_DATABASE"]
if SQLALCHEMY_DATABASE_URI.startswith("sqlite"):
    # Several processes write: one waits for the other rather than refuse whoever signs in.
    SQLALCHEMY_ENGINE_OPTIONS = {"connect_args": {"timeout": 60}}
BABEL_DEFAULT_LOCALE = "zh"
FLASK_APP_MUTATOR = mend
LANGUAGES = {"zh": {"flag": "cn", "name": "中文"}, "en": {"flag": "us", "name": "English"}}
# Each person reads as its own login of the database, what is cached included.
CUSTOM_SECURITY_MANAGER = Persons
DB_CONNECTION_MUTATOR = as_person
FEATURE_FLAGS = {"CACHE_QUERY_BY_USER": True}
DATA_CACHE_CONFIG = {
    "CACHE_TYPE": "FileSystemCache",
    "CACHE_DIR": f"{os.environ['SUPERSET_HOME']}/cache",
    "CACHE_DEFAULT_TIMEOUT": 300,  # seconds; a new night shows within them
    "CACHE_OPTIONS": {"mode": 0o600},
}
APP_NAME = "均衡 Junheng"
_BEHIND_TLS = os.environ.get("JUNHENG_TLS_PROXY") == "yes"
# A browser loads from here, and from nowhere else.
_SELF = "'self'"
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": [_SELF],
        "default-src": [_SELF],
        "img-src": [_SELF, "blob:", "data:"],
        "worker-src": [_SELF, "blob:"],
        "connect-src": [_SELF],
        "object-src": "'none'",
        "style-src": [_SELF, "'unsafe-inline'"],
        "font-src": [_SELF],
        "script-src": [_SELF, "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,  # a proxy in front does that
    "session_cookie_secure": _BEHIND_TLS,
}
WTF_CSRF_ENABLED = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _BEHIND_TLS
ENABLE_PROXY_FIX = _BEHIND_TLS
ROW_LIMIT = 10_000
SUPERSET_WEBSERVER_TIMEOUT = 60
