"""Antiphon: answers the messages and comments that customers send a brand."""
