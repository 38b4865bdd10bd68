"""`antiphon variants`: what customers did after each variant of a template."""

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.cli import failures, options

if TYPE_CHECKING:
    from bot.config import Config
    from bot.reports.difference import Difference, Share
    from bot.reports.estimate import Estimate
    from bot.reports.variants import Arm, Comparison

_NAMES = {
    "asked_again": "asked again within 24 h",
    "handed_over": "handed over within 24 h",
    "thanked": "thanked within 24 h",
    "chose": "tapped or chose",
}
_VERDICTS = {
    "few": "too few to tell",
    "none": "no clear difference",
    "hint": "a hint, not clear: chance does this to who compares or looks often",
    "clear": "a clear difference, however often one looks",
}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    parser = subparsers.add_parser(
        "variants",
        help="tell what customers did after each variant of a template",
        description="Tells for each variant of templates how often it was sent and what customers "
        "did within a day, with 95 % intervals, and whether two variants differ. A conversation "
        "counts once. Only reads, also while the service runs.",
    )
    options.add_config(parser)
    options.add_data(parser)
    options.add_json(parser)
    parser.add_argument(
        "template", nargs="*", help="names of templates; all that have variants if left out"
    )
    parser.add_argument("--days", type=int, default=28, metavar="N", help="of the past (28)")
    parser.add_argument("--channel", metavar="NAME", help="one channel only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Tell; 0 done, 2 could not."""
    with failures.told("variants"):
        config = options.chosen_config(args)
        try:
            found = list(_compared(args, config, datetime.now(UTC)))
        except (_NoTemplate, options.NoDatabase) as exc:
            print(f"antiphon variants: {exc}", file=sys.stderr)
            return failures.CANNOT
    if args.json:
        print(json.dumps([_as_json(*one) for one in found], ensure_ascii=False, indent=2))
    elif found:
        print("\n\n".join("\n".join(_lines(*one)) for one in found))
    else:
        print("no template has more than one variant; docs/write-answers.md tells how to write one")
    return 0


class _NoTemplate(Exception):
    """There is no such template."""


def _compared(
    args: argparse.Namespace, config: "Config", now: datetime
) -> "Iterator[tuple[str, Comparison]]":
    from bot.settings_source import did_you_mean
    from bot.variants import Window, comparisons, template_files, template_names

    known = template_names(config)
    for name in args.template:
        if name not in known:
            raise _NoTemplate(f"there is no template {name!r}{did_you_mean(name, known)}")
    window = Window(since=now - timedelta(days=args.days), until=now, as_of=now)
    with options.reading(args, config) as connection:
        for name in args.template or known:
            files = list(template_files(config, name))
            if not args.template:
                files = [each for each in files if len(each[1].variants) > 1]
            if files:
                for one in comparisons(connection, files, name, window, channel=args.channel):
                    yield name, one


def _lines(name: str, one: "Comparison") -> "Iterator[str]":
    yield f"{name}  {one.file.language}  {one.file.version}.j2"
    for arm in one.arms:
        yield (
            f"  variant {arm.variant + 1} (weight {one.file.weights[arm.variant]}): sent "
            f"{arm.sends} times to {len(arm.met)} conversations, {arm.pending} of them not yet "
            "a day ago"
        )
        for outcome, share in arm.shares.items():
            yield f"    {_NAMES[outcome]:<24} {_share(share)}"
    for arm in one.arms:
        yield from _differences(arm, one)
    left = {"before the last change": one.earlier, "not by chance": one.repeated}
    left |= {"not sent": one.unsent}
    told = [f"{len(those)} {why}" for why, those in left.items() if those]
    if told:
        yield f"  left out: {', '.join(told)}"


def _differences(arm: "Arm", one: "Comparison") -> "Iterator[str]":
    if not arm.differences:
        return
    against = f"variant {arm.variant + 1} against {one.base + 1}"
    yield f"  {against}, {one.comparisons} comparisons in all"
    for outcome, found in arm.differences.items():
        yield f"    {_NAMES[outcome]:<24} {_difference(found)}"


def _share(share: "Share") -> str:
    if share.estimate is None:
        return f"too few (n = {share.n})"
    few = ", few" if share.few else ""
    return f"{_percent(share.estimate)}  {share.hits} of {share.n}{few}"


def _difference(found: "Difference | None") -> str:
    if found is None:
        return "too few to tell"
    once = found.once
    value, low, high = (100 * (each or 0.0) for each in (once.value, once.low, once.high))
    interval = f"{value:+.1f} points (95 %: {low:+.1f} to {high:+.1f})"
    return f"{interval}  {_VERDICTS[found.verdict]}"


def _percent(estimate: "Estimate") -> str:
    value, low, high = (
        100 * (each or 0.0) for each in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value:5.1f} % (95 %: {low:.1f} to {high:.1f})"


def _as_json(name: str, one: "Comparison") -> dict[str, Any]:
    return {
        "template": name,
        "language": one.file.language,
        "version": one.file.version,
        "draw": one.file.draw,
        "comparisons": one.comparisons,
        "earlier": len(one.earlier),
        "repeated": len(one.repeated),
        "unsent": len(one.unsent),
        "variants": [_arm(arm, one.file.weights[arm.variant]) for arm in one.arms],
    }


def _arm(arm: "Arm", weight: int) -> dict[str, Any]:
    return {
        "variant": arm.variant + 1,
        "weight": weight,
        "sent": arm.sends,
        "conversations": len(arm.met),
        "pending": arm.pending,
        "outcomes": {
            outcome: {"hits": share.hits, "n": share.n, "share": _ends(share.estimate)}
            for outcome, share in arm.shares.items()
        },
        "differences": {
            outcome: found
            and {
                "once": _ends(found.once),
                "always": _ends(found.always),
                "verdict": found.verdict,
            }
            for outcome, found in arm.differences.items()
        },
    }


def _ends(estimate: "Estimate | None") -> list[float | None] | None:
    return None if estimate is None else [estimate.value, estimate.low, estimate.high]
