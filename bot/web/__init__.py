"""What browsers talk to: log-in, the agent desk, and the pages around it."""
