"""DEMO: parts that exist only to show a bot at work. Their data is invented."""
