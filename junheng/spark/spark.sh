#!/bin/sh
# A cluster of Spark's own kind, one service a call, in the foreground.
#   master             waits for workers and for nights on port 7077
#   worker MASTER      offers this machine's cores (SPARK_WORKER_CORES, SPARK_WORKER_MEMORY) to spark://MASTER:7077
set -eu
umask 077 # what a home holds is its owner's
cd "$(dirname "$0")/../.."
export PATH="$PWD/.venv-spark/bin:$PATH"
SPARK_HOME=$(python -c 'import pathlib, pyspark; print(pathlib.Path(pyspark.__file__).parent)')
export SPARK_HOME
case "${1:-}" in
master) exec "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.master.Master --port 7077 --webui-port 8082 ;;
worker) exec "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.worker.Worker --webui-port 8083 --work-dir "${TMPDIR:-/tmp}/work" "spark://${2:?its master}:7077" ;;
*) sed -n '2,4s/^# //p' "$0" >&2; exit 2 ;;
esac
