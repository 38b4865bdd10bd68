"""Who was forgotten stays forgotten, whichever export tells of them again."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from bot.store.tables import conversations, erasures, events, messages
from tests.cli.test_import_history import Brand, acks, brand, heard, layouts, talk, written
from tests.exports.layouts import LAYOUTS, Layout
from tests.exports.scenario import CHATS, Chat, Said, at

__all__ = ["brand"]

ONE = CHATS[0]
SECRETS = [said.text for said in ONE.said if said.text and said.who != "auto"]


def forget(brand: Brand) -> None:
    with brand.log() as log:
        said = select(messages.c.conversation_id).where(messages.c.text == ONE.said[0].text)
        theirs = select(conversations.c.contact_id).where(conversations.c.id.in_(said))
        contact = log.execute(theirs).scalar_one()
    brand.told("erase", "webchat/site", contact)


def told(brand: Brand) -> str:
    rows: str = repr(brand.rows())
    return rows


def left_out(came: dict[str, Any]) -> tuple[int, int]:
    return came["erased_customers"], came["erased_messages"]


@layouts
def test_an_export_that_is_given_again_brings_the_erased_customer_back(
    layout: Layout, brand: Brand, tmp_path: Path
) -> None:
    path = written(layout, tmp_path / "export")
    first = brand.bring(path, *acks(layout))
    assert left_out(first) == (0, 0)
    forget(brand)
    before = brand.rows()

    dry = brand.bring(path, *acks(layout), "--dry-run")
    again = brand.bring(path, *acks(layout))

    assert left_out(dry) == left_out(again)
    assert left_out(again)[0] == 1
    assert left_out(again)[1] + again["seen"] == first["seen"]
    assert (again["messages"], again["conversations"]) == (0, 0)
    assert brand.rows() == before
    assert not [text for text in SECRETS if text in told(brand)]


def test_nobody_is_told_that_erased_customers_stay_out(
    brand: Brand, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(LAYOUTS["zendesk audits"], tmp_path / "export")
    brand.bring(path)
    forget(brand)
    words = ("import", "history", path, "--account", "webchat/site")

    for more, stay in ((("--dry-run",), "would stay out"), ((), "stayed out")):
        capsys.readouterr()
        assert brand.run(*words, *more) == 0
        [line] = [one for one in capsys.readouterr().out.splitlines() if "erased" in one]
        assert f"messages of 1 customers {stay}: these customers were erased" in line


@pytest.mark.parametrize("name", ["line_oa en", "whatsapp ios", "facebook"])
@pytest.mark.parametrize("known", [True, False], ids=["brought before", "never brought"])
def test_a_customer_whom_the_service_knew_by_address_comes_back_without_one(
    name: str, known: bool, brand: Brand, tmp_path: Path
) -> None:
    layout = LAYOUTS[name]
    path = written(layout, tmp_path / "export")
    with brand.log() as log:
        ours = talk(log, thread="U-secret")
        for place, one in enumerate(said for said in ONE.said if said.who == "customer"):
            when = one.at + timedelta(milliseconds=731)
            log.execute(insert(messages), heard(ours, one.text, when, f"hook-{place}"))
    if known:
        brand.bring(path, *acks(layout))
    brand.told("erase", "webchat/site", "U-secret")

    came = brand.bring(path, *acks(layout))

    assert came["erased_customers"] == 1
    assert not [text for text in SECRETS if text in told(brand)]
    assert "U-secret" not in told(brand)


def test_one_message_brings_somebody_back_whom_the_log_knew_by_another_name(
    brand: Brand, tmp_path: Path
) -> None:
    path = written(LAYOUTS["facebook"], tmp_path / "export")
    said = CHATS[3].said[0]
    with brand.log() as log:
        log.execute(insert(messages), heard(talk(log, "U-one"), said.text, said.at))
    came = brand.bring(path, *acks(LAYOUTS["facebook"]))
    brand.told("erase", "webchat/site", "U-one")

    again = brand.bring(path, *acks(LAYOUTS["facebook"]))

    assert came["conversations"] == len(CHATS) - 1
    assert left_out(again) == (1, 1)
    assert said.text not in told(brand)


def test_an_erasure_silences_a_customer_who_writes_again(brand: Brand, tmp_path: Path) -> None:
    layout = LAYOUTS["zendesk audits"]
    brand.bring(written(layout, tmp_path / "first"))
    forget(brand)
    with brand.log() as log:
        # As if it had been in the middle of what the next export tells.
        since = at("12:00:00", day=2)
        log.execute(update(erasures).values(erased_at=since))
        log.execute(update(events).where(events.c.type == "erased").values(at=since))
    later = Said(at=at("15:00:00", day=2), who="customer", text="hello again")
    again: list[Chat] = [replace(ONE, said=(*ONE.said, later)), *CHATS[1:]]

    came = brand.bring(written(layout, tmp_path / "second", again))

    assert came["erased_customers"] == 1
    assert (came["messages"], came["conversations"]) == (1, 1)
    assert "hello again" in told(brand)
    assert not [text for text in SECRETS if text in told(brand)]


def test_what_stays_of_somebody_forgotten_names_them(brand: Brand, tmp_path: Path) -> None:
    brand.run("erase", "webchat/site", "886912345678")

    with brand.log() as log:
        [row] = log.execute(select(erasures)).all()
    assert len(row.digest) == 32
    other = Brand(tmp_path / "other", f"sqlite:///{tmp_path / 'other' / 'antiphon.db'}", None)  # type: ignore[arg-type]
    other.run("erase", "webchat/site", "886912345678")
    with other.log() as log:
        assert log.scalar(select(func.count()).select_from(erasures)) == 1
        assert log.scalars(select(erasures.c.digest)).one() != row.digest
