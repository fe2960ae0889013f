"""Kommo (and, by other hosts, amoCRM): API v4."""
