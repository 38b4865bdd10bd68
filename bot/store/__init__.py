"""The truth: everything that happened, in SQL (SQLite or PostgreSQL)."""
