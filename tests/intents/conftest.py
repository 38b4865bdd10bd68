"""A small catalogue and the pipeline trained on it."""

from pathlib import Path

import pytest

from intents.catalog import Catalog, load
from intents.model import Model
from intents.pipeline import Pipeline, PipelineSettings, pipeline
from intents.training import train

CATALOG = {
    "order_status": (
        ["我的訂單到哪了", "訂單什麼時候出貨", "查訂單", "出貨了沒", "訂單進度", "我的訂單呢"],
        ["where is my order", "track my order", "has my order shipped", "order status"],
    ),
    "refund_status": (
        ["退款什麼時候入帳", "退款好了嗎", "還沒收到退款", "退款進度", "錢什麼時候退"],
        ["where is my refund", "refund not received", "when do I get my money", "refund status"],
    ),
    "store_hours": (
        ["幾點打烊", "營業時間", "星期日有開嗎", "你們幾點開門", "今天有營業嗎"],
        ["what are your opening hours", "are you open on sunday", "when do you close"],
    ),
    "thanks": (["謝謝你", "感謝", "謝啦", "太感謝了"], ["thank you", "thanks a lot", "thx"]),
    "tag_friend_or_giveaway": (
        ["抽獎 @小美 已完成", "已分享 @阿明", "@小華 快來抽"],
        ["done @amy", "tagging @bob", "shared and tagged @amy"],
    ),
    "abuse": (["去死", "白痴店家去死", "爛人去死"], ["go to hell", "you idiot", "stupid idiot"]),
    "spam": (["加賴領飆股", "加賴賺錢", "飆股群組"], ["earn money fast", "earn cash at home"]),
    "oos": (
        ["今天天氣如何", "講個笑話", "誰是總統", "推薦電影"],
        ["what is the weather", "tell me a joke", "who is the president", "sing a song"],
    ),
}


def write_catalog(folder: Path) -> None:
    for name, (chinese, english) in CATALOG.items():
        lines = [f"intent: {name}", "examples:"]
        for language, examples in (("zh-Hant", chinese), ("en", english)):
            lines += [f"  {language}:", *(f'    - "{example}"' for example in examples)]
        (folder / f"{name}.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    folder = tmp_path_factory.mktemp("catalog")
    write_catalog(folder)
    return load(folder)


@pytest.fixture(scope="session")
def model(catalog: Catalog) -> Model:
    return train(catalog)


@pytest.fixture(scope="session")
def small(catalog: Catalog, model: Model) -> Pipeline:
    """The whole pipeline over the small catalogue, with the thresholds that training found."""
    return pipeline(PipelineSettings(screen_at=0.8), catalog=catalog, model=model)
