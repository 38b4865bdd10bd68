"""Tests of the signals: one class for both twins, and what only a real server can do."""
