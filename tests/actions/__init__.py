"""Tests of the actions that brands write."""
