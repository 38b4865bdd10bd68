"""Own actions of the demo tea house."""
