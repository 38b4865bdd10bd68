"""Why an export cannot be reported on. Every message says what to do.

ExportError
├── UnknownFormat     nothing in it is a kind of export that we read
├── MixedFormats      exports of several kinds lie together
├── UnsafeArchive     a zip that would swell up, or with paths that lead out of it
├── TooLarge          more than we hold in memory
├── BrokenFile        a zip, JSON or CSV that ends early or is damaged
├── AmbiguousDates    day and month cannot be told apart
├── NoBrand           nobody knows which of the people is the brand
├── NoMessages        there is nothing to report on
└── EmptyWindow       it ends before it starts
"""


class ExportError(Exception):
    """The export cannot be read."""


class UnknownFormat(ExportError):
    """Nothing in it is a kind of export that we read."""


class MixedFormats(ExportError):
    """Exports of several kinds lie together."""


class UnsafeArchive(ExportError):
    """The archive is not one that a platform makes."""


class TooLarge(ExportError):
    """It is more than we hold in memory."""


class BrokenFile(ExportError):
    """A file ends early or is damaged."""


class AmbiguousDates(ExportError):
    """Day and month cannot be told apart."""


class NoBrand(ExportError):
    """Nobody knows which of the people is the brand."""


class NoMessages(ExportError):
    """There is nothing to report on."""


class EmptyWindow(ExportError):
    """The window ends before it starts."""
