#!/bin/sh
# Superset: its own database, its administrator and the dashboards (setup), or the web server (serve).
# The container runs it, and so does `make bi`. Secrets come from the environment; without one nothing starts.
set -eu
: "${SUPERSET_SECRET_KEY:?is not set: a long random text that signs sessions}"
: "${SUPERSET_DATABASE:?is not set: where Superset keeps its own tables, postgresql+psycopg2://… or sqlite:///…}"
: "${SUPERSET_MARTS:?is not set: where the marts are, postgresql+psycopg2://login@host/database without a password}"
: "${SUPERSET_HOME:?is not set: the folder that Superset writes to}"
here=$(cd "$(dirname "$0")" && pwd)
SUPERSET_CONFIG_PATH="$here/superset_config.py"
PATH="$here/../../.venv-bi/bin:$PATH"
PYTHONPATH="$here/../.." # publish/claims.py and publish/superset/persons.py
export PATH PYTHONPATH SUPERSET_CONFIG_PATH FLASK_APP="superset.app:create_app()"
case "${1:-}" in
setup)
	: "${SUPERSET_ADMIN_PASSWORD:?is not set: the password of user admin}"
	superset db upgrade
	# Given by environment: arguments of a process are everybody's to read.
	superset fab list-users 2>/dev/null | grep -q "username:admin " ||
		FLASK_FAB_CREATE_ADMIN_PASSWORD="$SUPERSET_ADMIN_PASSWORD" superset fab create-admin --username admin --firstname Junheng --lastname Admin --email admin@localhost
	superset init
	bundle=$(mktemp -d)/dashboards.zip
	"$here/../../.venv/bin/junheng" dashboards --uri "$SUPERSET_MARTS" --target "$bundle"
	python "$here/import_bundle.py" "$bundle" --per-person
	;;
serve)
	exec gunicorn --bind "${SUPERSET_BIND:-127.0.0.1:8088}" --workers "${SUPERSET_WORKERS:-2}" --worker-class gthread --threads 8 --timeout 120 --access-logfile /dev/null "superset.app:create_app()"
	;;
*)
	echo "usage: superset.sh setup|serve" >&2
	exit 2
	;;
esac
