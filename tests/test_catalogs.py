"""What counts of our own intents, beside the brand's."""

from pathlib import Path

import pytest

from bot.catalogs import catalog
from bot.config import BUILT_IN_CATALOG, ConfigError
from tests.house import brand


def test_an_intent_that_was_not_chosen_counts(tmp_path: Path) -> None:
    (tmp_path / "wrap.yml").write_text("intent: wrap\nexamples:\n  en:\n    - wrap it\n", "utf-8")

    chosen = catalog([BUILT_IN_CATALOG, tmp_path], ["oos", "abuse"])

    assert chosen.names == ("abuse", "oos", "wrap")


def test_an_intent_that_we_do_not_have_is_chosen(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"understanding.built_in.0: .*did you mean 'abuse'"):
        brand(tmp_path, "http://127.0.0.1", understanding={"built_in": ["abuze"]})
