"""A drift is told once, whatever is learned of it later and whoever finds it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine

from bot.store import agents, alarms, schema, views
from bot.store.agents import Role
from bot.store.database import engine as engine_of

NOW = datetime(2026, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    made = engine_of(store_url)
    schema.prepare(made)
    with made.begin() as connection:
        who = {"email": "mia@shop.example", "name": "Mia", "role": Role.MANAGER}
        mia = agents.add(connection, password_hash="-", at=NOW, **who)  # type: ignore[arg-type]
        views.add(connection, name="All", page="", filters={}, agent_id=mia, at=NOW)
        (view,) = views.everything(connection)
        views.watch(connection, view.id, watched=True)
    yield made
    made.dispose()


def tell(connection: Connection, began: float, raised: float) -> bool:
    (view,) = views.everything(connection)
    id = alarms.raise_once(
        connection,
        view.id,
        began_at=NOW + began * HOUR,
        raised_at=NOW + raised * HOUR,
        quiet=12 * HOUR,
        facts={},
        asks=[],
    )
    return id is not None


def test_a_drift_that_a_late_message_moved_is_told_again(engine: Engine) -> None:
    with engine.begin() as connection:
        assert tell(connection, 0, 1)
        assert not tell(connection, 0, 1)
        assert not tell(connection, 0.5, 30)
        assert not tell(connection, 2, 12)
        assert tell(connection, 2, 14)


def test_a_view_that_nobody_watches_any_more_raises_an_alarm(engine: Engine) -> None:
    with engine.begin() as connection:
        (view,) = views.everything(connection)
        views.watch(connection, view.id, watched=False)

        assert not tell(connection, 0, 1)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_processes_that_find_one_drift_at_once_all_tell_it(engine: Engine) -> None:
    def find() -> bool:
        with engine.begin() as connection:
            return tell(connection, 0.1, 1.1)

    with ThreadPoolExecutor(1) as pool:
        with engine.begin() as connection:
            assert tell(connection, 0, 1)
            second = pool.submit(find)
            with pytest.raises(TimeoutError):
                second.result(timeout=1)
        assert second.result(timeout=30) is False
