"""Superset for Junheng: secrets from the environment only, Chinese first, nothing sent anywhere."""

import os

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]  # no default: a start without it is refused
SQLALCHEMY_DATABASE_URI = os.environ["SUPERSET_DATABASE"]
BABEL_DEFAULT_LOCALE = "zh"
LANGUAGES = {"zh": {"flag": "cn", "name": "中文"}, "en": {"flag": "us", "name": "English"}}
APP_NAME = "均衡 Junheng"
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
    "session_cookie_secure": os.environ.get("SUPERSET_HTTPS") == "yes",
}
WTF_CSRF_ENABLED = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = os.environ.get("SUPERSET_HTTPS") == "yes"
ROW_LIMIT = 10_000
SUPERSET_WEBSERVER_TIMEOUT = 60
