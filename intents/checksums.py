"""Check digits that tell a number of its kind from any other number."""

from string import ascii_uppercase

# The order in which Taiwan's registry took its letters up: A is 10, B is 11, I and O came late.
_REGISTRY = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)


def passes_luhn(digits: str) -> bool:
    """Tell whether *digits* end in the check digit of cards (ISO/IEC 7812-1)."""
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_taiwan_id(code: str) -> bool:
    """Tell whether *code* (a letter and nine characters) is of a citizen or a resident of Taiwan.

    Residents of before 2021 have a second letter, of which only the last digit counts.
    """
    code = code.upper()
    first = str(10 + _REGISTRY.index(code[0]))
    second = str(10 + _REGISTRY.index(code[1]))[-1] if code[1].isalpha() else code[1]
    digits = first + second + code[2:]
    return sum(map(int.__mul__, _WEIGHTS, map(int, digits))) % 10 == 0


def is_iban(code: str) -> bool:
    """Tell whether *code* (no spaces) is the number of a bank account (ISO 13616)."""
    turned = code[4:] + code[:4]
    values = (str(10 + ascii_uppercase.index(one)) if one.isalpha() else one for one in turned)
    return int("".join(values)) % 97 == 1
