"""What a phone number on the WhatsApp Cloud API needs to know."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from channels.meta import AppSettings

# In place of a number's id: for looking at bodies of numbers that nobody here owns.
EVERY_NUMBER = "*"


class Template(BaseModel):
    """A message that Meta approved: *name*, in Meta's spelling of a *language* (zh_TW, en).

    Its body has one variable, {{1}}, which takes the words of the person who writes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Za-z]{2,4})?$")]


class Settings(AppSettings):
    """One business phone number.

    *phone* is the number's id at Meta, not the number; events of another are never answered.
    *business* is the id of the WhatsApp Business Account, which only checks and `subscribe` need.
    *token* is a system user's. *templates* say, by the customer's language (BCP 47), what people
    may write with once the 24 hours are over; the first serves all other languages. *choose* is on
    the button that opens a list.
    """

    phone: Annotated[str, Field(pattern=r"^(\d{1,32}|\*)$")]
    business: Annotated[str, Field(pattern=r"^\d{1,32}$")] | None = None
    templates: Mapping[str, Template] = {}
    choose: Annotated[str, Field(min_length=1, max_length=20)] = "選擇 / Choose"

    @classmethod
    def specimen(cls) -> Self:
        """The settings of nobody: good for looking at any number's bodies."""
        none = {"account": "none", "secret": "none", "verify_token": "none", "token": "none"}
        return cls.model_validate(none | {"phone": EVERY_NUMBER})

    def template(self, language: str | None) -> Template | None:
        """The template for a customer who writes *language*; None where there is none at all."""
        fallback = next(iter(self.templates.values()), None)
        return self.templates.get(language or "", fallback)
