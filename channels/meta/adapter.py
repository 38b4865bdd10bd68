"""What every adapter behind a Meta app does the same way."""

from collections.abc import Mapping
from typing import ClassVar, Generic, TypeVar

from channels.base import Context, HandshakeAnswer, WebhookRequest
from channels.meta.consent import withdrawn
from channels.meta.graph import Graph
from channels.meta.refusals import Kind
from channels.meta.settings import AppSettings
from channels.meta.webhook import answer_handshake, check_signature
from channels.webhook import revealed

S = TypeVar("S", bound=AppSettings)


class MetaAdapter(Generic[S]):
    """One account behind a Meta app: its constructor, the handshake and the signature.

    *kinds* are the error codes that only its platform has, or means in a way of its own.
    """

    name: ClassVar[str]
    kinds: ClassVar[Mapping[int, Kind]] = {}

    def __init__(self, settings: S, context: Context) -> None:
        self.account = settings.account
        self._settings = settings
        self._clock = context.clock
        self._secrets = revealed(settings.secret)
        self._graph = Graph(settings, context, channel=self.name, kinds=self.kinds)

    def handshake(self, request: WebhookRequest) -> HandshakeAnswer:
        """Answer Meta's GET; 403 to a wrong verify token."""
        return answer_handshake(request, verify_token=self._settings.verify_token)

    def withdrawn(self, body: bytes) -> str:
        """Who asks Meta that our app forgets them, by the app's own id of them."""
        return withdrawn(body, secrets=self._secrets, channel=self.name)

    def verify(self, request: WebhookRequest) -> None:
        """Raise InvalidSignature unless the app's secret signed the body."""
        check_signature(request, secrets=self._secrets, channel=self.name)
