"""The sections of config.yml, each with its defaults."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    SecretStr,
    Tag,
    model_validator,
)

from bot.config_mail import Mail
from bot.config_words import (
    ActionName,
    ActionPath,
    BuiltIn,
    CannedKey,
    Country,
    DateOrder,
    Day,
    Duration,
    EncoderName,
    File,
    Folder,
    HeaderName,
    Host,
    Hours,
    Identifier,
    Language,
    ListName,
    Network,
    PublicUrl,
    RedisUrl,
    ServerUrl,
    Slug,
    StoreUrl,
    Texts,
    Truth,
    Word,
    Zone,
)
from bot.reports.hours import OpeningHours, Week, public_holidays

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_SECTION = ConfigDict(extra="forbid", frozen=True)
_SHORTEST_KEY = 16


class Brand(BaseModel):
    """Who speaks. The first of *languages* is the default; no *hours* means open at all times.

    *earlier_hours* keeps the hours that were in force before, each under the day they ended on,
    so that reports of the past do not change with them.
    """

    model_config = _SECTION

    name: Texts
    timezone: Zone
    languages: tuple[Language, ...] = Field(min_length=1)
    hours: dict[Weekday, Hours] | None = None
    earlier_hours: dict[Day, dict[Weekday, Hours]] = {}
    holidays: Country | None = None
    special_hours: dict[Day, Hours] = {}

    @model_validator(mode="after")
    def _hours_ended_and_began(self) -> "Brand":
        if self.earlier_hours and self.hours is None:
            raise ValueError("earlier_hours came before some hours; say which under hours")
        return self

    @model_validator(mode="after")
    def _named_in_every_language(self) -> "Brand":
        for language in self.languages:
            if language not in self.name and "" not in self.name:
                raise ValueError(f"the name is missing in {language}")
        if len(set(self.languages)) < len(self.languages):
            raise ValueError("a language is listed twice")
        return self

    def name_in(self, language: str | None) -> str:
        """The brand's name in *language*, else in the default one."""
        return self.name.get(language or "") or self.name.get("") or self.name[self.languages[0]]

    def opening_hours(self, years: Iterable[int]) -> OpeningHours | None:
        """The brand's hours with the public holidays of *years*; None if it never closes."""
        if self.hours is None:
            return None
        closed = public_holidays(self.holidays, years) if self.holidays else frozenset()
        return OpeningHours(
            zone=self.timezone,
            weekly=_week(self.hours),
            earlier={until: _week(hours) for until, hours in self.earlier_hours.items()},
            holidays=closed,
            special=self.special_hours,
        )


def _week(hours: Mapping[Weekday, Hours]) -> Week:
    return {at: hours.get(day, ()) for at, day in enumerate(get_args(Weekday))}


class Store(BaseModel):
    """Where the truth lies: "sqlite" in the data folder, or a PostgreSQL address."""

    model_config = _SECTION

    url: StoreUrl = SecretStr("sqlite")

    @property
    def embedded(self) -> bool:
        """Whether the database is a file of ours."""
        return self.url.get_secret_value() == "sqlite"

    def address(self, data: Path) -> str:
        """The database's address, which may hold a password; *data* is the data folder."""
        if self.embedded:
            return f"sqlite:///{data / 'antiphon.db'}"
        return self.url.get_secret_value()


class Redis(BaseModel):
    """A Redis or Valkey that carries signals between processes. *prefix* starts all its keys."""

    model_config = _SECTION

    url: RedisUrl
    prefix: str = Field(default="antiphon", pattern=r"^[A-Za-z0-9_.-]{1,32}$")


class Web(BaseModel):
    """Where we listen, and as what the world sees us."""

    model_config = _SECTION

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: PublicUrl | None = None
    secure_cookies: Literal["auto"] | Truth = "auto"
    trusted_proxies: tuple[Network, ...] = ()


class ListEntry(BaseModel):
    """One entry of a list: its *name*, which actions are told, and how else customers write it."""

    model_config = _SECTION

    name: Word
    also: tuple[Word, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _bare_name(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value


# A list in config.yml itself, or the file that holds it.
ListOrFile = Annotated[
    Annotated[tuple[ListEntry, ...], Tag("entries")] | Annotated[File, Tag("file")],
    Discriminator(lambda given: "file" if isinstance(given, str | Path) else "entries"),
]


class SecondOpinion(BaseModel):
    """A class *of* the brand's that tells what a message means (`bot.opinion`).

    It has to answer *within* that time, and counts from the confidence *at_least* on.
    """

    model_config = _SECTION

    of: ActionPath
    within: Duration = timedelta(seconds=2)
    at_least: float = Field(default=0.7, ge=0, le=1)


class Understanding(BaseModel):
    """How messages are understood. *catalog* adds to the built-in intents or replaces some.

    Of these *built_in* names the ones that count; None means all. *threshold* is the confidence
    from which an intent is answered; None takes the trained one. Two intents whose confidences lie
    closer than *margin* are asked about; 0 never asks. *keywords* maps an intent to phrases by
    language. *lists* are what to find in messages, by the entity's name, or files that hold that.
    *date_order* says by language which of 3/4 is the month, that of the United States if not told.
    *encoder* is a sentence encoder that helps to understand; None takes none. *second_opinion* is a
    model of the brand's own, asked where ours is unsure.
    """

    model_config = _SECTION

    catalog: Folder | None = None
    built_in: tuple[BuiltIn, ...] | None = None
    threshold: float | None = Field(default=None, ge=0, le=1)
    margin: float = Field(default=0.4, ge=0, le=1)
    keywords: dict[Slug, dict[Language, tuple[str, ...]]] = {}
    lists: dict[ListName, ListOrFile] = {}
    date_order: dict[Language, DateOrder] = {}
    encoder: EncoderName | None = None
    second_opinion: SecondOpinion | None = None


class Answer(BaseModel):
    """How one intent is answered in private: by one of these. *handoff* is its reason.

    With *handoff*, *template* tells the customer (the built-in text if None).
    """

    model_config = _SECTION

    template: Slug | None = None
    action: Slug | None = None
    handoff: Slug | None = None
    ignore: Truth = False

    @model_validator(mode="after")
    def _one_way(self) -> "Answer":
        ways = [self.action, self.ignore or None, self.handoff or self.template]
        if sum(way is not None for way in ways) != 1:
            raise ValueError("choose one of template, action, handoff (with a template), ignore")
        return self


class CommentAnswer(BaseModel):
    """How one intent is answered under a post, where everybody reads it."""

    model_config = _SECTION

    template: Slug | None = None
    private: Slug | None = None
    hide: Truth = False
    handoff: Slug | None = None
    ignore: Truth = False

    @model_validator(mode="after")
    def _one_way(self) -> "CommentAnswer":
        speaks = bool(self.template or self.private or self.handoff)
        if self.ignore and speaks:
            raise ValueError("what is ignored gets no template, private or handoff")
        if not (self.ignore or self.hide or speaks):
            raise ValueError("choose at least one of template, private, hide, handoff, ignore")
        return self


class PublicReplies(BaseModel):
    """How often the bot speaks where all can read: *within* a time, to one author, under one post.

    With *repeats* the same words may stand twice under one post.
    """

    model_config = _SECTION

    per_author: int = Field(default=3, ge=0)
    per_post: int = Field(default=30, ge=0)
    within: Duration = timedelta(hours=1)
    repeats: Truth = False


class HandOffRules(BaseModel):
    """When a person is called, and when the bot gets the word back.

    *usual_wait* is what customers are told; "auto" measures it.
    """

    model_config = _SECTION

    after_misses: int = Field(default=2, ge=1, le=10)
    return_after: Duration = timedelta(hours=12)
    usual_wait: Literal["auto"] | Duration = "auto"


class Freshness(BaseModel):
    """How old a message may be that the bot still answers, and what counts as long silence."""

    model_config = _SECTION

    answer_within: Duration = timedelta(minutes=10)
    silence: Duration = timedelta(hours=24)


class ActionServer(BaseModel):
    """A server of the brand's, by Rasa's protocol, that runs the actions *names*.

    Calls are signed with *secret*, if there is one, and carry *headers*. An action has *timeout*,
    all *tries* together; what may have run is tried again only if the server is *idempotent*: if it
    runs a call once for each Idempotency-Key. After *opens_after* failures in a row it is left
    alone for *rest*. When it fails, *fallback* is what customers read; None calls a person.
    """

    model_config = _SECTION

    url: ServerUrl
    names: tuple[ActionName, ...] = Field(min_length=1)
    secret: SecretStr | None = Field(default=None, min_length=16)
    headers: dict[HeaderName, SecretStr] = {}
    timeout: Duration = Field(default=timedelta(seconds=5), le=timedelta(minutes=1))
    tries: int = Field(default=2, ge=1, le=5)
    idempotent: Truth = False
    opens_after: int = Field(default=5, ge=1, le=100)
    rest: Duration = timedelta(seconds=30)
    fallback: Slug | None = None


class Desk(BaseModel):
    """How long an agent stays logged in, and files that agents sent can be fetched."""

    model_config = _SECTION

    idle: Duration = timedelta(minutes=30)
    longest: Duration = timedelta(hours=12)
    keep_files: Duration = timedelta(days=30)


class Links(BaseModel):
    """Whether links to the brand's own *hosts* are counted, for how long, under which *key*.

    Orders on the brand's site are attributed to a reply *attribute_within* a time of the click.
    """

    model_config = _SECTION

    count: Truth = False
    hosts: tuple[Host, ...] = ()
    key: SecretStr | None = None
    keep: Duration = timedelta(days=180)
    attribute_within: Duration = timedelta(days=7)

    @model_validator(mode="after")
    def _complete(self) -> "Links":
        if self.count and not self.hosts:
            raise ValueError("say under hosts which sites are the brand's own")
        if self.count and (self.key is None or len(self.key.get_secret_value()) < _SHORTEST_KEY):
            raise ValueError(f"key must be a secret of at least {_SHORTEST_KEY} characters")
        return self


class Sections(BaseModel):
    """Everything in config.yml but the channels, whose settings belong to their adapters.

    *variables* is what all templates may use; *action_variables* names what only actions tell them.
    """

    model_config = _SECTION

    brand: Brand
    store: Store = Store()
    redis: Redis | None = None
    web: Web = Web()
    mail: Mail | None = None
    understanding: Understanding = Understanding()
    answers: dict[Slug, Answer] = {}
    comments: dict[Slug, CommentAnswer] = {}
    public_replies: PublicReplies = PublicReplies()
    handoff: HandOffRules = HandOffRules()
    freshness: Freshness = Freshness()
    desk: Desk = Desk()
    links: Links = Links()
    responses: Folder | None = None
    actions: tuple[ActionPath, ...] = ()
    action_server: ActionServer | None = None
    canned: dict[CannedKey, Texts] = {}
    variables: dict[Slug, Any] = {}
    action_variables: tuple[Identifier, ...] = ()

    @model_validator(mode="after")
    def _links_have_an_address(self) -> "Sections":
        if self.links.count and self.web.public_url is None:
            raise ValueError("links are counted at our public address; set web.public_url")
        return self
