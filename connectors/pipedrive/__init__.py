"""Pipedrive: API v2, and API v1 for what v2 does not have."""
