"""Find how many of something a customer wants, with the measure word as it was written.

Text is `intents.normalize.aligned`. Patterns repeat only bounded classes.
"""

import re
from collections.abc import Iterator, Set

from intents import numerals
from intents.match import Entity
from intents.numerals import HAN, WORDS, number

_CLASSIFIERS = "件盒包瓶罐箱组套双支枝条张本台杯袋打片只颗位份串顶"
_SPELLED = re.compile(
    rf"(?<![0-9a-z./第哪这那每某同另任上下前一])(?<![0-9],)(?P<number>[0-9]{{1,4}}|{HAN}) ?"
    rf"(?P<unit>个人|人份|个(?![月星礼小钟半])|[{_CLASSIFIERS}](?![式个]))"
)
_NOUNS = (
    *("boxes", "box", "pieces", "piece", "pcs", "pc", "sets", "set", "pairs", "pair", "bottles"),
    *("bottle", "packs", "pack", "bags", "bag", "cups", "cup", "cans", "can", "cartons", "units"),
    *("people", "persons", "person", "guests", "adults", "kids", "seats", "tickets", "copies"),
)
_COUNTED = re.compile(
    rf"(?<![0-9a-z./$])(?<![0-9],)(?!an? )(?P<number>[0-9]{{1,4}}|{WORDS}) "
    rf"(?P<unit>{'|'.join(_NOUNS)})(?![a-z])"
)
MARKS = frozenset(f"{_CLASSIFIERS}个") | {*_NOUNS}
# "One of it" is mostly no more than an article, but for who buys.
_BOUGHT = "买要订来加拿送各再"


def quantities(text: str, marks: Set[str], written: str) -> Iterator[Entity]:
    """Find the quantities in *text*; `unit` is the measure word as *written*, before aligning.

    *marks* are the characters and words of *text*.
    """
    if MARKS.isdisjoint(marks) or numerals.MARKS.isdisjoint(marks):
        return
    for match in (*_SPELLED.finditer(text), *_COUNTED.finditer(text)):
        count = number(match["number"])
        if not count or (match["number"] in {"一", "1"} and not _wanted(match, text)):
            continue
        start, end = match.span()
        yield Entity(
            name="quantity",
            value=format(count, "f"),
            start=start,
            end=end,
            unit=written[match.start("unit") : match.end("unit")],
        )


def _wanted(match: re.Match[str], text: str) -> bool:
    if match["unit"].isascii() or text[max(0, match.start() - 1) : match.start()] in set(_BOUGHT):
        return True
    return match["unit"] != "个" and not "一" <= text[match.end() : match.end() + 1] <= "\u9fff"
