"""Accepting submissions and carrying plans out."""
