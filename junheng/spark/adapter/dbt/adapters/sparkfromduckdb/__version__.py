"""dbt reads the version of an adapter here."""

version = "1.11.0"  # of dbt-spark, which this extends
