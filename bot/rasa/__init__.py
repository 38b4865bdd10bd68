"""Moves a Rasa bot in: reads it, writes a brand's project, tells what became of each part."""
