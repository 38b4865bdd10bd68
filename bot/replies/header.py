"""What stands above a template's text: what it offers, what it counts for, its fallback."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from channels.messages import Attachment, Button, Card, Content, Menu, QuickReply, Row

Flag = Literal["ack", "handoff", "expects_reply"]
_Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
_Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
_Weight = Annotated[int, Field(strict=True, ge=0, le=1000)]
_SECTION = ConfigDict(extra="forbid", frozen=True)


class _QuickReply(BaseModel):
    model_config = _SECTION

    title: _Short
    payload: _Short


class _Button(BaseModel):
    model_config = _SECTION

    title: _Short
    payload: _Short | None = None
    url: _Address | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.payload is None) == (self.url is None):
            raise ValueError("a button has either a payload or a url")
        return self

    def made(self) -> Button:
        """The button itself."""
        return Button(title=self.title, payload=self.payload, url=self.url)


class _Card(BaseModel):
    model_config = _SECTION

    title: _Short
    text: str = Field(default="", max_length=500)
    image: _Address | None = None
    buttons: tuple[_Button, ...] = Field(default=(), max_length=3)

    def made(self) -> Card:
        """The card itself."""
        buttons = tuple(each.made() for each in self.buttons)
        return Card(title=self.title, text=self.text, image_url=self.image, buttons=buttons)


class _Row(BaseModel):
    model_config = _SECTION

    title: _Short
    payload: _Short
    text: str = Field(default="", max_length=200)


class _Menu(BaseModel):
    model_config = _SECTION

    title: _Short
    rows: tuple[_Row, ...] = Field(min_length=1, max_length=10)


class _Attachment(BaseModel):
    model_config = _SECTION

    type: Literal["image", "video", "audio", "file"] = "image"
    url: _Address
    title: _Short | None = None


class Header(BaseModel):
    """The header of one template file. *weights* tells how often each variant is chosen."""

    model_config = _SECTION

    weights: tuple[_Weight, ...] = ()

    quick_replies: tuple[_QuickReply, ...] = Field(default=(), max_length=13)
    buttons: tuple[_Button, ...] = Field(default=(), max_length=3)
    cards: tuple[_Card, ...] = Field(default=(), max_length=10)
    menu: _Menu | None = None
    attachments: tuple[_Attachment, ...] = Field(default=(), max_length=5)
    flags: tuple[Flag, ...] = ()
    fallback: _Short | None = None

    def digest(self) -> str:
        """What else of it a customer meets, as text; weights are for the choice alone."""
        return self.model_dump_json(exclude={"weights"}, exclude_defaults=True)

    def offers(self) -> Content:
        """All that goes along with the text."""
        return Content(
            quick_replies=tuple(
                QuickReply(title=each.title, payload=each.payload) for each in self.quick_replies
            ),
            buttons=tuple(each.made() for each in self.buttons),
            cards=tuple(each.made() for each in self.cards),
            menu=Menu(title=self.menu.title, rows=tuple(_rows(self.menu))) if self.menu else None,
            attachments=tuple(
                Attachment(type=each.type, url=each.url, title=each.title)
                for each in self.attachments
            ),
        )


def addresses(offers: Content) -> Iterator[str]:
    """The addresses in *offers*: the only words of a header that may speak of variables."""
    for button in (*offers.buttons, *(each for card in offers.cards for each in card.buttons)):
        if button.url is not None:
            yield button.url
    yield from (card.image_url for card in offers.cards if card.image_url is not None)
    yield from (each.url for each in offers.attachments if each.url is not None)


def addressed(offers: Content, address: Callable[[str], str]) -> Content:
    """*offers* with every address as *address* spells it."""

    def button(one: Button) -> Button:
        return one if one.url is None else replace(one, url=address(one.url))

    return replace(
        offers,
        buttons=tuple(map(button, offers.buttons)),
        cards=tuple(
            replace(
                card,
                image_url=card.image_url and address(card.image_url),
                buttons=tuple(map(button, card.buttons)),
            )
            for card in offers.cards
        ),
        attachments=tuple(
            replace(each, url=each.url and address(each.url)) for each in offers.attachments
        ),
    )


def _rows(menu: _Menu) -> Iterator[Row]:
    for each in menu.rows:
        yield Row(title=each.title, payload=each.payload, text=each.text)
