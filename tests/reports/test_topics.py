"""Topics: every built-in intent belongs to one, or was left out on purpose."""

from collections import Counter

from bot.config import BUILT_IN_CATALOG
from bot.reports import topics
from bot.reports.topics import OTHER, TOPICS, topic

LEFT_OUT = {
    "affirm",
    "collab_or_press",
    "competitor",
    "deny",
    "goodbye",
    "greet",
    "spam",
    "tag_friend_or_giveaway",
}


def test_a_built_in_intent_is_in_no_topic_or_in_two() -> None:
    known = {file.stem for file in BUILT_IN_CATALOG.glob("*.yml")}
    grouped = Counter(intent for several in topics._INTENTS.values() for intent in several)

    assert set(grouped.values()) == {1}
    assert set(grouped) <= known
    assert {intent for intent in known if topic(intent) == OTHER} == LEFT_OUT
    assert {topic(intent) for intent in [*known, None]} == set(TOPICS)
