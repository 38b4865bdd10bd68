"""Counted links: a link to the brand's own site goes by an address of ours, which counts clicks."""

from bot.counted.counting import Counting, counting
from bot.counted.drafts import counted

__all__ = ["Counting", "counted", "counting"]
