"""Bitrix24, in the cloud and on servers of one's own."""
