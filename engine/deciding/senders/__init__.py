"""Who posts submissions to a form's address, and how: one table, and what reads posts by it."""

from engine.deciding.senders.sender import Ping, Post, Proof, Scheme, Sender, Signature
from engine.deciding.senders.table import SENDERS, sender_by_key

__all__ = ["SENDERS", "Ping", "Post", "Proof", "Scheme", "Sender", "Signature", "sender_by_key"]
