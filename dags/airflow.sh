#!/bin/sh
# Airflow, everything it keeps under $JUNHENG_HOME/airflow; nothing listens beyond loopback unless AIRFLOW__API__HOST says so.
#   refresh            the night, once, in this process
#   serve              interface, scheduler and DAG processor on this machine, on a database of their own (SQLite)
#   migrate            prepare the database that AIRFLOW__DATABASE__SQL_ALCHEMY_CONN names
#   api-server …       one service alone on that database, as a container runs it; check JOB: whether it is alive
set -eu
cd "$(dirname "$0")/.."
mkdir -p "${JUNHENG_HOME:=data}/landing"
JUNHENG_HOME=$(cd "$JUNHENG_HOME" && pwd)
export JUNHENG_HOME
export AIRFLOW_HOME="$JUNHENG_HOME/airflow"
export AIRFLOW__CORE__DAGS_FOLDER="${AIRFLOW__CORE__DAGS_FOLDER:-$PWD/dags}"
export AIRFLOW__CORE__LOAD_EXAMPLES=False
export AIRFLOW__CORE__EXECUTOR=LocalExecutor
export AIRFLOW__CORE__PARALLELISM=2
export AIRFLOW__API__HOST="${AIRFLOW__API__HOST:-127.0.0.1}"
export AIRFLOW__API__WORKERS=1
export PATH="$PWD/.venv/bin:$PATH"

database() {
	export AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="sqlite:///$AIRFLOW_HOME/$1.db"
	[ -f "$AIRFLOW_HOME/$1.db" ] || echo "Preparing Airflow's own database …"
	airflow db migrate >"$AIRFLOW_HOME/migrate.log" 2>&1 || { cat "$AIRFLOW_HOME/migrate.log" >&2; exit 1; }
}

mkdir -p "$AIRFLOW_HOME"
chmod 700 "$AIRFLOW_HOME" # the generated password lies here
case "${1:-}" in
refresh)
	# A database of its own: a run killed here never stands in the scheduler's way.
	[ -f "$AIRFLOW_HOME/refresh.db" ] || database refresh
	export AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="sqlite:///$AIRFLOW_HOME/refresh.db"
	airflow dags test nightly_refresh >"$AIRFLOW_HOME/refresh.log" 2>&1 || {
		tail -n 40 "$AIRFLOW_HOME/refresh.log" >&2
		echo "The night failed; the last published warehouse still stands. Full log: $AIRFLOW_HOME/refresh.log" >&2
		exit 1
	}
	cat "$JUNHENG_HOME/reports/summary.txt"
	;;
serve)
	database scheduler
	trap 'trap - EXIT INT TERM; kill 0' EXIT INT TERM
	echo "Airflow: http://127.0.0.1:8080, user admin, password in $AIRFLOW_HOME/simple_auth_manager_passwords.json.generated (Ctrl-C ends it)"
	airflow api-server >"$AIRFLOW_HOME/api-server.log" 2>&1 &
	airflow dag-processor >"$AIRFLOW_HOME/dag-processor.log" 2>&1 &
	# Its log server would listen on every address; the files are on this machine anyway.
	airflow scheduler --skip-serve-logs >"$AIRFLOW_HOME/scheduler.log" 2>&1 &
	wait
	;;
migrate)
	: "${AIRFLOW__DATABASE__SQL_ALCHEMY_CONN:?is not set}"
	exec airflow db migrate
	;;
api-server | dag-processor | triggerer)
	: "${AIRFLOW__DATABASE__SQL_ALCHEMY_CONN:?is not set}"
	exec airflow "$1"
	;;
scheduler)
	: "${AIRFLOW__DATABASE__SQL_ALCHEMY_CONN:?is not set}"
	exec airflow scheduler --skip-serve-logs
	;;
check)
	exec airflow jobs check --job-type "${2:?names no job}" --local
	;;
*)
	echo "usage: dags/airflow.sh refresh|serve|migrate|api-server|scheduler|dag-processor|triggerer|check JOB" >&2
	exit 2
	;;
esac
