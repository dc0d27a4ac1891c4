"""Typed lines of every file, as Parquet, written by processes that read within bounds."""
