"""Which decisions a person is shown, and which would only be in the way."""

from datetime import timedelta
from typing import Any

import pytest

from bot.review import SOON, Past, Reason, doubt, hindsight
from tests.turns import NOW

ANSWER = {"decision": "Respond", "intent": "stock", "source": "classifier", "templates": ["stock"]}
ASKED = ANSWER | {"intent": "oos", "templates": ["not_sure"]}


def past(said: dict[str, Any], text: str = "雨傘還有嗎", *, after: timedelta = SOON / 5) -> Past:
    return Past(text=text, sent_at=NOW + after, said=said)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (ANSWER, None),
        (ASKED, Reason.UNSURE),
        (ANSWER | {"offered": ["stock", "price"], "templates": ["did_you_mean"]}, Reason.UNSURE),
        (ASKED | {"source": "payload"}, None),
        (ASKED | {"source": "none", "templates": ["sticker_received"]}, None),
        (ASKED | {"templates": ["opted_out"]}, None),
        (ASKED | {"decision": "Ignore", "templates": []}, None),
        (ANSWER | {"decision": "HandOff", "reason": "complaint"}, Reason.HANDED_OVER),
        (ANSWER | {"decision": "HandOff", "reason": "low_confidence"}, Reason.UNSURE),
        (ASKED | {"decision": "HandOff", "reason": "stale"}, None),
        (ANSWER | {"decision": "HandOff", "reason": "action_failed"}, None),
        # Logs of before the reason was kept.
        (ASKED | {"decision": "HandOff"}, Reason.UNSURE),
        (ANSWER | {"decision": "HandOff"}, Reason.HANDED_OVER),
    ],
)
def test_a_decision_is_shown_or_not_as_it_should_not(
    said: dict[str, Any], reason: Reason | None
) -> None:
    assert doubt(past(said)) is reason


@pytest.mark.parametrize(
    ("before", "then", "text", "reason"),
    [
        (ANSWER, ANSWER, "到底有沒有雨傘", Reason.AGAIN),
        (ANSWER, ANSWER | {"intent": "price"}, "雨傘還有嗎？", Reason.AGAIN),
        (ANSWER, ASKED, "雨傘還有沒有", Reason.AGAIN),
        (ANSWER, ANSWER | {"intent": "price"}, "那多少錢", None),
        (ANSWER, ANSWER | {"intent": "thanks"}, "謝謝", None),
        (ANSWER, ANSWER | {"source": "payload"}, "stock", None),
        (ANSWER | {"intent": "thanks"}, ANSWER | {"intent": "thanks"}, "謝謝", None),
        (ANSWER | {"decision": "HandOff"}, ANSWER, "雨傘還有嗎", None),
        (
            ANSWER | {"decision": "RunAction"},
            ANSWER | {"decision": "RunAction", "why": "an answer to the question for order_number"},
            "A12345",
            None,
        ),
        (ASKED, ANSWER, "我要買雨傘", Reason.UNTAPPED),
        (ASKED, ASKED | {"source": "payload"}, "oos", Reason.UNTAPPED),
        (ASKED, ANSWER | {"source": "payload"}, "stock", None),
        (ASKED, ASKED | {"source": "none"}, "👍", None),
    ],
)
def test_the_next_message_tells_the_wrong_thing(
    before: dict[str, Any], then: dict[str, Any], text: str, reason: Reason | None
) -> None:
    assert hindsight(past(before, after=timedelta()), past(then, text)) is reason


@pytest.mark.parametrize("after", [SOON + timedelta(seconds=1), timedelta(seconds=-1)])
def test_a_question_of_another_hour_counts_as_asked_again(after: timedelta) -> None:
    assert hindsight(past(ANSWER, after=timedelta()), past(ANSWER, after=after)) is None
