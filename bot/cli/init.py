"""`antiphon init`: a brand's own project, which runs at once."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.cli.failures import of_system

SCAFFOLD = Path(__file__).parents[1] / "scaffold"
_SUFFIX = ".tmpl"


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    parser = subparsers.add_parser(
        "init",
        help="write a brand's own project",
        description="Writes config, an intent, its answers, an action and tests into DIR, which "
        "must be new or empty. The project runs at once, with the web chat.",
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--name", help="the brand's name (that of DIR)")
    parser.add_argument("--timezone", default="Asia/Taipei", metavar="ZONE", help="(Asia/Taipei)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the project; 2 if DIR cannot be used."""
    folder: Path = args.folder
    name = (args.name or folder.resolve().name).strip()
    why = refusal(folder, name, args.timezone)
    if why is not None:
        print(f"antiphon init: {why}", file=sys.stderr)
        return 2
    try:
        words = {"@QUOTED@": _quoted(name), "@NAME@": name, "@ZONE@": args.timezone}
        for file in _written(folder, words):
            print(file)
    except OSError as exc:
        print(f"antiphon init: {of_system(exc)}", file=sys.stderr)
        return 2
    print(f"\nNext: antiphon run --config {folder / 'config.yml'} --data {folder / 'data'}")
    return 0


def refusal(folder: Path, name: str, zone: str) -> str | None:
    """Why no project can be written into *folder*; None if one can."""
    from zoneinfo import available_timezones

    if folder.exists() and not folder.is_dir():
        return f"{folder} is a file"
    if folder.is_dir() and any(folder.iterdir()):
        return f"{folder} is not empty; choose a new folder, nothing was written"
    if not name or not name.isprintable():
        return "the brand needs a name of visible characters; give it with --name"
    if zone not in available_timezones():
        return f"unknown time zone {zone!r}; write one like Asia/Taipei"
    return None


def _written(folder: Path, words: dict[str, str]) -> Iterator[Path]:
    for template in sorted(SCAFFOLD.rglob(f"*{_SUFFIX}")):
        relative = template.relative_to(SCAFFOLD)
        # Git and build tools would take a real dot file for their own.
        name = relative.name.removesuffix(_SUFFIX).replace("dot-", ".", 1)
        file = folder / relative.with_name(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = template.read_text(encoding="utf-8")
        for mark, word in words.items():
            text = text.replace(mark, word)
        file.write_text(text, encoding="utf-8")
        yield file


def _quoted(name: str) -> str:
    """The name as a YAML scalar; ${ would be taken for a variable."""
    return json.dumps(name, ensure_ascii=False).replace("${", "$${")
