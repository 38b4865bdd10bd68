"""Honest response times: from the message log to asks, estimates and files. Pure: no I/O."""
