"""What can go wrong around the servers, each said in one line."""

from __future__ import annotations


class ServerError(Exception):
    """A server or a directory cannot be used; the message is one line for the person at hand."""
