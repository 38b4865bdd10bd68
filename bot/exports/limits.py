"""What an export cannot tell, as words of the report (`history.limit`)."""

from bot.exports.export import Export


def limits(export: Export) -> list[str]:
    """Name the limits of this export, those that weigh most first."""
    facts, format = export.facts, export.format
    found = [
        ("minutes", facts.resolution_seconds >= 60),
        ("local_time", format.local_time),
        ("until_last", facts.exported_at is None),
    ]
    return [
        *(name for name, true in found if true),
        *format.limits,
        *sorted(facts.notes),
        "messages_only",
    ]
