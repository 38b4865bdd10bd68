"""References of clicks: nobody makes one up, nobody changes one."""

from dataclasses import replace
from hashlib import sha256
from hmac import new

from hypothesis import given
from hypothesis import strategies as st

from tests.counted.test_drafts import COUNTING

CLICKS = st.integers(1, 10**17)


@given(CLICKS, CLICKS)
def test_a_reference_serves_another_click(one: int, other: int) -> None:
    told = COUNTING.reference(one)
    forged = told.replace(f"{one}.", f"{other}.", 1)

    assert COUNTING.click(told) == one
    assert COUNTING.click(forged) == (one if one == other else None)
    assert replace(COUNTING, key=b"another key").click(told) is None


@given(st.text() | st.from_regex(r"[0-9]{1,3}\.[0-9a-f]{24}", fullmatch=True))
def test_a_made_up_reference_counts(text: str) -> None:
    assert COUNTING.click(text) is None


@given(CLICKS)
def test_what_the_brand_signs_passes_for_a_reference(click: int) -> None:
    signed = new(COUNTING.key, str(click).encode(), sha256).hexdigest()

    assert COUNTING.click(f"{click}.{signed[:24]}") is None
    assert COUNTING.signed(str(click).encode(), f"sha256={signed}")
    assert not COUNTING.signed(str(click).encode(), f"sha256={signed[:-1]}é")
