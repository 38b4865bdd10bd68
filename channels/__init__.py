"""Platforms: their webhooks become events, our messages become their calls. No bot in here."""
