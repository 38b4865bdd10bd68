"""Tests of the texts that customers read."""
