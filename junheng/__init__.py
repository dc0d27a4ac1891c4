"""Junheng: where every school and county stands against the balanced-education standard."""
