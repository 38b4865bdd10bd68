"""The texts that we ship: complete, true to what is known, and alike in both languages."""

from typing import Any

import pytest

from bot.config import BUILT_IN_CATALOG, built_in_responses
from bot.replies import MissingVariable, Replies, check, untold_facts
from bot.replies.source import read_template, template_paths
from bot.rules import PRIVATE_ANSWERS, Rules
from channels.base import Capabilities, LengthUnit
from channels.messages import Surface
from tests.turns import COMMENT, DIRECT

LANGUAGES = ("zh-Hant", "en")
FOLDERS = [built_in_responses()]
ORDER_TEMPLATES = {
    *("order_status", "ask_order_number", "order_not_found", "order_not_found_again"),
}
ORDER_VARIABLES = ("order_number", "status", "carrier", "tracking_number", "pickup")
VARIABLES: dict[str, Any] = {"brand": {"name": {"zh-Hant": "示範商店", "en": "Demo Shop"}}}
# The tightest limits of the platforms we serve.
TIGHT = {
    "line": Capabilities(surface=Surface.DIRECT, max_text=5000, unit=LengthUnit.UTF16),
    "messenger": Capabilities(surface=Surface.DIRECT, max_text=2000),
    "instagram": Capabilities(surface=Surface.DIRECT, max_text=1000, unit=LengthUnit.UTF8),
}


# What docs/write-answers.md tells brands to fill in.
FACTS = (
    *("url", "account_url", "promotions_url", "size_guide_url", "delivery_days", "invoice"),
    *("payment_methods", "shipping_fee", "shipping_options", "stores"),
)


def intents() -> set[str]:
    return {path.stem for path in BUILT_IN_CATALOG.glob("*.yml")} - {"oos"}


def needed() -> set[str]:
    return ORDER_TEMPLATES | Rules().templates(intents())


def test_a_shipped_template_is_missing_or_wrong() -> None:
    problems = check(
        FOLDERS,
        languages=LANGUAGES,
        needed=needed(),
        variables=VARIABLES,
        action_variables=ORDER_VARIABLES,
        capabilities=TIGHT,
    )

    assert [str(problem) for problem in problems] == []


def test_a_template_is_shipped_that_nothing_says() -> None:
    for language in LANGUAGES:
        plain = {name.partition(".")[0] for name in template_paths(FOLDERS, language)}

        assert plain == needed()


def test_the_languages_differ_in_more_than_words() -> None:
    chinese, english = (template_paths(FOLDERS, language) for language in LANGUAGES)

    assert set(chinese) == set(english)
    for name in chinese:
        ours, theirs = read_template(chinese[name]), read_template(english[name])
        assert ours.flags == theirs.flags, name
        assert [each.payload for each in ours.offers.quick_replies] == [
            each.payload for each in theirs.offers.quick_replies
        ], name
        assert len(ours.variants) == len(theirs.variants), name


def test_a_quick_reply_leads_nowhere_or_is_too_long() -> None:
    for language in LANGUAGES:
        for path in template_paths(FOLDERS, language).values():
            for button in read_template(path).offers.quick_replies:
                assert button.payload in {*intents(), "oos"}, path
                assert len(button.title) <= 20, path


def test_a_fact_is_told_that_the_shop_never_told() -> None:
    replies = Replies(FOLDERS, LANGUAGES, VARIABLES)
    facts = untold_facts(FOLDERS, languages=LANGUAGES, variables=VARIABLES)

    assert set(facts) == {f"shop.{fact}" for fact in FACTS}
    for template in {name for names in facts.values() for name in names}:
        with pytest.raises(MissingVariable):
            replies.render(
                template,
                language="zh-Hant",
                capabilities=DIRECT,
                variables={},
                conversation_seed="s",
            )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("variables", [{}, {"hours": {"open": True}, "wait": {"text": "X"}}])
def test_a_handoff_has_no_words(language: str, variables: dict[str, Any]) -> None:
    replies = Replies(FOLDERS, LANGUAGES, VARIABLES)
    templates = {answer.template or "handoff" for answer in PRIVATE_ANSWERS.values()} - {
        "praise_thanks"
    }

    for template in templates | {"action_failed"}:
        reply = replies.render(
            template,
            language=language,
            capabilities=DIRECT,
            variables=variables,
            conversation_seed="s",
        )
        assert reply.handoff, template
        assert "X" in reply.parts[0].text or not variables, template


def test_the_night_is_told_as_if_somebody_were_there() -> None:
    replies = Replies(FOLDERS, LANGUAGES, VARIABLES)
    night = {"hours": {"open": False, "next": "明天 09:00"}, "wait": {"text": "約 5 分鐘"}}

    reply = replies.render(
        "handoff", language="zh-Hant", capabilities=DIRECT, variables=night, conversation_seed="s"
    )

    assert "明天 09:00" in reply.parts[0].text
    assert "5 分鐘" not in reply.parts[0].text


def test_a_public_handoff_promises_what_only_a_private_one_can() -> None:
    replies = Replies(FOLDERS, LANGUAGES, VARIABLES)

    reply = replies.render(
        "handoff", language="zh-Hant", capabilities=COMMENT, variables={}, conversation_seed="s"
    )

    assert reply.handoff
    assert "留言" in reply.parts[0].text
