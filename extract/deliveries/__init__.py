"""Which delivery counts."""
