"""The words that settings are made of: durations, opening hours, zones, languages, names."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, time, timedelta
from ipaddress import IPv4Network, IPv6Network
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo

from bot.reports.hours import Period
from bot.settings_source import did_you_mean, nearest

BUILT_IN_CATALOG = Path(__file__).parents[1] / "intents" / "catalog"

_DURATION = re.compile(r"(\d{1,6})\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_PERIOD = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-4]):([0-5]\d)")
_PLACE = re.compile(r"[A-Z][A-Za-z]*/")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")


def _duration(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is not a duration; write one like 90s, 10m, 12h or 2d")
    span = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if not span:
        raise ValueError("a duration must be longer than nothing")
    return span


def _period(value: Any) -> Any:
    if isinstance(value, tuple):
        return value
    found = _PERIOD.fullmatch(value) if isinstance(value, str) else None
    if found is None or (found[3] == "24" and found[4] != "00"):
        raise ValueError(f'{value!r} are no opening hours; write them like "09:00-18:00"')
    opens, closes = found.group(1, 2), found.group(3, 4)
    if opens == closes:
        raise ValueError(f"{value!r} opens and closes at once; write 00:00-24:00 for all day")
    return time(int(opens[0]), int(opens[1])), time(int(closes[0]) % 24, int(closes[1]))


def _apart(periods: tuple[Period, ...]) -> tuple[Period, ...]:
    in_order = sorted(periods)
    for (opens, closes), (next_opens, _) in pairwise(in_order):
        if closes <= opens or next_opens < closes:
            raise ValueError(f"two periods overlap at {next_opens:%H:%M}")
    return tuple(in_order)


def _date(value: Any) -> Any:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as exc:
        raise ValueError(f"{value!r} is not a date; write one like 2026-12-31") from exc


def _zone(value: Any) -> Any:
    if isinstance(value, ZoneInfo):
        return value
    if isinstance(value, str) and _PLACE.match(value):
        # Listing all zones opens hundreds of files, which a right name need not pay for.
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo(value)
    known = available_timezones()
    if value not in known:
        # People write the city alone, or get the continent wrong.
        cities = {zone.rsplit("/", 1)[-1]: zone for zone in known if "/" in zone}
        city = nearest(str(value).rsplit("/", 1)[-1], cities)
        hint = did_you_mean(str(value), known)
        if not hint and city is not None:
            hint = f"; did you mean {cities[city]!r}?"
        raise ValueError(f"unknown time zone {value!r}{hint}")
    return ZoneInfo(value)


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        hint = did_you_mean(value, ["zh-Hant", "en"])
        raise ValueError(f"{value!r} is not a language tag such as zh-Hant or en{hint}")
    return value


def _country(value: str) -> str:
    # Costs 0.08 s, which only brands with public holidays should pay.
    import holidays

    known = holidays.list_supported_countries()
    if value not in known:
        hint = did_you_mean(value, known)
        raise ValueError(f"no public holidays are known for {value!r}{hint}")
    return value


def _store_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if url == "sqlite":
        return value
    scheme, separator, rest = url.partition("://")
    if scheme not in {"postgresql", "postgres", "postgresql+psycopg"} or not separator or not rest:
        raise ValueError('must be "sqlite" or an address that starts with postgresql://')
    return SecretStr(f"postgresql+psycopg://{rest}")


def _redis_url(value: SecretStr) -> SecretStr:
    scheme, separator, rest = value.get_secret_value().partition("://")
    scheme = scheme.replace("valkey", "redis")
    if scheme not in {"redis", "rediss", "unix"} or not separator or not rest:
        raise ValueError("must be an address that starts with redis://, rediss:// or unix://")
    return SecretStr(f"{scheme}://{rest}")


def _public_url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
        raise ValueError("must be an address like https://chat.example.com, without ? or #")
    return value.rstrip("/")


def _host(value: str) -> str:
    host = value.lower()
    if not re.fullmatch(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", host):
        raise ValueError(f"{value!r} is no host; write one like shop.example, and each of them")
    return host


def _slug(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", value):
        raise ValueError(f"{value!r} is no name; use a-z, 0-9 and _, such as order_status")
    return value


def _list_name(value: str) -> str:
    # Importing it is none of a start's business.
    from intents.match import ENTITIES

    if value in ENTITIES:
        raise ValueError(f"{value!r} is found without a list; choose another name")
    return _slug(value)


def _word(value: str) -> str:
    from intents.normalize import folded

    if not any(map(folded, value.strip())):
        raise ValueError(f"{value!r} has no letter that could be found")
    return value.strip()


def _built_in(value: str) -> str:
    known = {file.stem for file in BUILT_IN_CATALOG.glob("*.yml")}
    if value not in known:
        raise ValueError(f"there is no built-in intent {value!r}{did_you_mean(value, known)}")
    return value


def _identifier(value: str) -> str:
    if not value.isidentifier():
        raise ValueError(f"{value!r} is no name for a variable")
    return value


def _action_path(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", value):
        raise ValueError(f"{value!r} is no action; write it like package.module:ClassName")
    return value


def _action_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][\w.-]{0,99}", value, re.ASCII):
        raise ValueError(f"{value!r} is no action's name; write it as the action server lists it")
    return value


def _server_url(value: str) -> str:
    # Rasa's endpoints.yml names the path, too.
    return _public_url(value).removesuffix("/webhook")


def _header_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,63}", value):
        raise ValueError(f"{value!r} is no name for an HTTP header")
    return value


def _canned_key(value: str) -> str:
    if not re.fullmatch(r"[^\s/]{1,32}", value):
        raise ValueError(f"{value!r} is no key; use up to 32 characters without blanks and /")
    return value


def _folder(value: Path, info: ValidationInfo) -> Path:
    folder = Path(info.context["folder"], value.expanduser()) if info.context else value
    if not folder.is_dir():
        raise ValueError(f"there is no folder {str(folder)!r}")
    return folder.resolve()


def _file(value: Path, info: ValidationInfo) -> Path:
    file = Path(info.context["folder"], value.expanduser()) if info.context else value
    if not file.is_file():
        raise ValueError(f"there is no file {str(file)!r}")
    return file.resolve()


def _truth(value: Any) -> Any:
    # Pydantic would also take "yes" and "on", which YAML 1.2 reads as text.
    words = {"true": True, "false": False}
    truth = words.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(truth, bool):
        raise ValueError("must be true or false")
    return truth


def _texts(value: Any) -> Any:
    return {"": value} if isinstance(value, str) else value


def _filled(texts: Mapping[str, str]) -> Mapping[str, str]:
    for language, text in texts.items():
        if not text.strip():
            raise ValueError(f"the text for {language!r} is empty")
    return texts


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Hours = Annotated[tuple[Annotated[Period, BeforeValidator(_period)], ...], AfterValidator(_apart)]
Day = Annotated[date, BeforeValidator(_date)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Language = Annotated[str, AfterValidator(_language)]
Country = Annotated[str, AfterValidator(_country)]
StoreUrl = Annotated[SecretStr, AfterValidator(_store_url)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
Network = IPv4Network | IPv6Network
Truth = Annotated[bool, BeforeValidator(_truth)]
Host = Annotated[str, AfterValidator(_host)]
Slug = Annotated[str, AfterValidator(_slug)]
DateOrder = Literal["month_day", "day_month"]
# As in `intents.match`, which is imported only where messages are understood.
EncoderName = Literal["use"]
ListName = Annotated[str, AfterValidator(_list_name)]
Word = Annotated[str, Field(max_length=200), AfterValidator(_word)]
BuiltIn = Annotated[str, AfterValidator(_built_in)]
Identifier = Annotated[str, AfterValidator(_identifier)]
ActionPath = Annotated[str, AfterValidator(_action_path)]
ActionName = Annotated[str, AfterValidator(_action_name)]
ServerUrl = Annotated[str, AfterValidator(_server_url)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
CannedKey = Annotated[str, AfterValidator(_canned_key)]
File = Annotated[Path, AfterValidator(_file)]
Folder = Annotated[Path, AfterValidator(_folder)]
# Text by language. A plain string serves every language and stands under "".
Texts = Annotated[dict[str, str], BeforeValidator(_texts), AfterValidator(_filled)]
