"""Fake platforms and their customers, for tests, the demo and benchmarks. Loopback only."""
