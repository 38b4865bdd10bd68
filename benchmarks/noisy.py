"""Write labelled messages anew as hurried people type them: in upper case, or with typing errors.

python benchmarks/noisy.py FILE (--upper | --typos 0.03) > NOISY
"""

import argparse
import json
import random
import string
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from intents.labelled import read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    noise = parser.add_mutually_exclusive_group(required=True)
    noise.add_argument("--upper", action="store_true")
    noise.add_argument("--typos", type=float, metavar="SHARE", help="of the letters, 0 to 1")
    args = parser.parse_args()
    chance = random.Random(3)
    for each in read([args.file]):
        text = each.text.upper() if args.upper else mistyped(each.text, args.typos, chance)
        print(json.dumps({"text": text, "intent": each.intent}))


def mistyped(text: str, share: float, chance: random.Random) -> str:
    """Drop, replace, double or follow by another that *share* of the ASCII letters of *text*."""
    return "".join(
        _mistyped(letter, chance)
        if letter.isascii() and letter.isalpha() and chance.random() < share
        else letter
        for letter in text
    )


def _mistyped(letter: str, chance: random.Random) -> str:
    other = chance.choice(string.ascii_lowercase)
    return chance.choice(("", other, letter + letter, letter + other))


if __name__ == "__main__":
    main()
