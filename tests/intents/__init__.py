"""Tests of the intent pipeline."""
