"""A preview is what customers will read: the same parts that the bot would send, or why not."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from bot.adapters import ADAPTERS, adapter
from bot.checks import ORDER_VARIABLES
from bot.config import Config, load
from bot.previews import Shown, previews, variables_of
from bot.replies import Replies, ReplyError, UnknownTemplate
from bot.replies.examples import examples
from bot.variants import template_names
from tests.told import told_brand

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


def moment(config: Config, language: str, **more: Any) -> dict[str, Any]:
    hours = config.brand.opening_hours(range(2026, 2028))
    return examples(language, hours=hours, now=NOW, actions=ORDER_VARIABLES, **more)


@lru_cache(maxsize=1)
def compiled(file: Path, _: str) -> Replies:
    return Replies.of(load(file, {}))


def replies_of(config: Config) -> Replies:
    return compiled(config.file, str(config.variables))


def shown(config: Config, name: str, language: str, channel: str, **more: Any) -> list[Shown]:
    return previews(
        replies_of(config),
        name,
        config=config,
        language=language,
        channel=channel,
        capabilities=adapter(channel).capabilities,
        moment=moment(config, language, **more),
    )


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(told_brand(tmp_path), {})


@pytest.mark.parametrize("channel", ADAPTERS)
def test_a_channel_gets_something_else_than_its_preview(config: Config, channel: str) -> None:
    replies, can = replies_of(config), adapter(channel).capabilities
    told: dict[tuple[str, str, int], object] = {}
    for name in template_names(config):
        for language in config.brand.languages:
            for seed in range(6):
                try:
                    reply = replies.render(
                        name,
                        language=language,
                        capabilities=can,
                        variables=moment(config, language),
                        conversation_seed=str(seed),
                        channel=channel,
                    )
                except UnknownTemplate:
                    assert shown(config, name, language, channel) == []
                    break
                except ReplyError:
                    assert all(one.error for one in shown(config, name, language, channel))
                    break
                assert reply.drawn is not None
                told[name, language, reply.drawn.variant] = reply.parts
    assert len(told) > 50
    for (name, language, variant), parts in told.items():
        one = shown(config, name, language, channel)[variant]
        assert tuple(content for content, _ in one.messages) == parts, (name, language)
        limits = [limit for _, limits in one.messages for limit in limits]
        assert all(0 < each.used <= each.most for each in limits), name


def test_what_is_missing_hides_how_it_would_read(config: Config) -> None:
    (one,) = shown(config, "sale", "en", "messenger")

    assert one.error is not None
    assert "sale_ends" in one.error
    text, cards = (content for content, _ in one.messages)
    assert text.text == "Our spring sale is on until [shop.sale_ends]. Shipping is 80."
    assert [card.image_url for card in cards.cards] == ["https://shop.example/tote.jpg", None]


def test_a_missing_translation_is_not_told(config: Config) -> None:
    assert shown(config, "sale", "zh-Hant", "messenger") == []
    assert [one.language for one in shown(config, "greet", "en", "messenger")] == ["en", "en"]


def test_a_variable_comes_from_somewhere_else_than_told(config: Config) -> None:
    def told(name: str, language: str = "en") -> list[tuple[str, str, object, bool]]:
        one = shown(config, name, language, "messenger")[0]
        assert one.file is not None
        found = variables_of(one.file, config, language, moment(config, language))
        return [(each.name, each.origin, each.value, each.needed) for each in found]

    assert told("sale") == [
        ("shop.sale_ends", "config", None, True),
        ("shop.shipping_fee", "config", 80, True),
        ("shop.url", "config", "https://shop.example", True),
    ]
    assert told("greet") == [("customer.name", "moment", "Alex", True)]
    assert told("season") == [("custommer.name", "unknown", None, True)]
    assert ("order_number", "action", "A1024", True) in told("order_status")
    assert ("shop.store_hours", "config", None, False) in told("store_hours")
    assert ("brand.name", "brand", "好日子選物", True) in told("disclosure", "zh-Hant")


def test_a_shop_seems_open_at_night(config: Config) -> None:
    by_day, by_night = (
        shown(config, "handoff", "en", "messenger", closed=closed)[0].messages[0][0].text
        for closed in (False, True)
    )

    assert "about 10 minutes" in by_day
    assert "tomorrow at 09:00" in by_night
