"""The models on Spark: the same files, translated; see docs/engineering/many-machines.md."""
