#!/bin/sh
# Airflow, everything it keeps under $JUNHENG_HOME/airflow; nothing listens beyond loopback unless AIRFLOW__API__HOST says so.
#   refresh            the night, once, in this process
#   serve              interface, scheduler and DAG processor on this machine, on a database of their own (SQLite)
#   migrate            prepare the database that AIRFLOW__DATABASE__SQL_ALCHEMY_CONN names, and its administrator
#   api-server …       one service alone on that database, as a container runs it; check JOB: whether it is alive
set -eu
umask 077 # what a home holds is its owner's
cd "$(dirname "$0")/.."
mkdir -p "${JUNHENG_HOME:=data}/landing"
JUNHENG_HOME=$(cd "$JUNHENG_HOME" && pwd)
export JUNHENG_HOME
export AIRFLOW_HOME="$JUNHENG_HOME/airflow"
export AIRFLOW__CORE__DAGS_FOLDER="${AIRFLOW__CORE__DAGS_FOLDER:-$PWD/dags}"
export AIRFLOW__CORE__DEFAULT_TIMEZONE="${AIRFLOW__CORE__DEFAULT_TIMEZONE:-Asia/Shanghai}"
export AIRFLOW__CORE__LOAD_EXAMPLES=False
export AIRFLOW__CORE__EXECUTOR=LocalExecutor
export AIRFLOW__CORE__PARALLELISM=2
export AIRFLOW__API__HOST="${AIRFLOW__API__HOST:-127.0.0.1}"
export AIRFLOW__API__PORT="${AIRFLOW__API__PORT:-8080}"
export AIRFLOW__API__WORKERS=1
case "${JUNHENG_ENGINE:-}" in
spark) export PATH="$PWD/.venv-spark/bin:$PATH" ;;
*) export PATH="$PWD/.venv/bin:$PATH" ;;
esac
health="http://127.0.0.1:$AIRFLOW__API__PORT/api/v2/monitor/health"

database() {
	export AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="sqlite:///$AIRFLOW_HOME/$1.db"
	[ -f "$AIRFLOW_HOME/$1.db" ] || echo "Preparing Airflow's own database …"
	airflow db migrate >"$AIRFLOW_HOME/migrate.log" 2>&1 || { cat "$AIRFLOW_HOME/migrate.log" >&2; exit 1; }
}

# One service of `serve`; it ends with this script, whatever ends that.
service() {
	log="$AIRFLOW_HOME/$1.log"
	if command -v setpriv >/dev/null; then
		setpriv --pdeathsig TERM airflow "$@" >"$log" 2>&1 &
	else
		airflow "$@" >"$log" 2>&1 &
	fi
	services="${services:-} $!"
}

signal() { for process in ${services:-}; do kill "-$1" "$process" 2>/dev/null || true; done; }

is_alive() {
	for process in ${services:-}; do kill -0 "$process" 2>/dev/null && return 0; done
	return 1
}

end() {
	trap - EXIT HUP INT QUIT TERM
	signal TERM
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		is_alive || exit "$1"
		sleep 1
	done
	signal KILL
	exit "$1"
}

# Wait until the API answers: the scheduler's tasks ask it, from the first on.
wait_for_api() {
	echo "Starting Airflow …"
	until python -c 'import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=5)' "$health" 2>/dev/null; do
		is_alive || { tail -n 40 "$AIRFLOW_HOME/api-server.log" >&2; end 1; }
		sleep 1
	done
}

mkdir -p "$AIRFLOW_HOME"
chmod 700 "$AIRFLOW_HOME" # the generated password lies here
case "${1:-}" in
refresh)
	# A database of its own: a run killed here never stands in the scheduler's way.
	[ -f "$AIRFLOW_HOME/refresh.db" ] || database refresh
	export AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="sqlite:///$AIRFLOW_HOME/refresh.db"
	# The process ends with the run: to look for what could be freed would take a second and free nothing that counts.
	python -c 'import gc; gc.disable(); from airflow.__main__ import main; main()' \
		dags test nightly_refresh >"$AIRFLOW_HOME/refresh.log" 2>&1 || {
		tail -n 40 "$AIRFLOW_HOME/refresh.log" >&2
		echo "The night failed; the last published warehouse still stands. Full log: $AIRFLOW_HOME/refresh.log" >&2
		exit 1
	}
	cat "$JUNHENG_HOME/reports/summary.txt"
	;;
serve)
	database scheduler
	trap 'end 0' EXIT
	trap 'end 129' HUP
	trap 'end 130' INT
	trap 'end 131' QUIT
	trap 'end 143' TERM
	export AIRFLOW__CORE__EXECUTION_API_SERVER_URL="http://127.0.0.1:$AIRFLOW__API__PORT/execution/"
	service api-server
	wait_for_api
	service dag-processor
	# Its log server would listen on every address; the files are on this machine anyway.
	service scheduler --skip-serve-logs
	echo "Airflow: http://127.0.0.1:$AIRFLOW__API__PORT, user admin, password in $AIRFLOW_HOME/simple_auth_manager_passwords.json.generated (Ctrl-C ends it)"
	wait
	;;
migrate)
	: "${AIRFLOW__DATABASE__SQL_ALCHEMY_CONN:?is not set}"
	airflow db migrate
	[ -n "${AIRFLOW_ADMIN_PASSWORD:-}" ] || exit 0
	# Asked for on standard input, without a terminal: arguments of a process are everybody's to read.
	airflow users list 2>/dev/null | grep -qw admin ||
		printf '%s\n%s\n' "$AIRFLOW_ADMIN_PASSWORD" "$AIRFLOW_ADMIN_PASSWORD" |
		setsid --wait airflow users create --username admin --role Admin --firstname Junheng --lastname Admin --email admin@localhost
	;;
api-server)
	: "${AIRFLOW__DATABASE__SQL_ALCHEMY_CONN:?is not set}"
	if [ "${JUNHENG_TLS_PROXY:-}" = yes ]; then
		export AIRFLOW__FAB__ENABLE_PROXY_FIX=True FORWARDED_ALLOW_IPS='*' # who can reach it is the proxy
		export AIRFLOW__FAB__COOKIE_SECURE=True AIRFLOW__FAB__COOKIE_SAMESITE=Lax
		exec airflow api-server --proxy-headers
	fi
	exec airflow api-server
	;;
dag-processor)
	: "${AIRFLOW__DATABASE__SQL_ALCHEMY_CONN:?is not set}"
	exec airflow dag-processor
	;;
scheduler | triggerer)
	: "${AIRFLOW__DATABASE__SQL_ALCHEMY_CONN:?is not set}"
	exec airflow "$1" --skip-serve-logs
	;;
check)
	exec airflow jobs check --job-type "${2:?names no job}" --local
	;;
*)
	echo "usage: dags/airflow.sh refresh|serve|migrate|api-server|scheduler|dag-processor|triggerer|check JOB" >&2
	exit 2
	;;
esac
