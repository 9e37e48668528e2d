"""Text messages with a one-time code: one interface (backend.py), several ways to send."""
