"""Signed events for a receiver that no other connector is for: a company's own system, an automation service."""
