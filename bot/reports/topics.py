"""What customers write about: a few groups of the built-in intents; a brand's own are "other"."""

from collections.abc import Mapping

OTHER = "other"
# What people say of a brand in public: earned media, and what may become a risk.
OPINIONS = ("praise", "complaint", "abuse")
_INTENTS: Mapping[str, tuple[str, ...]] = {
    "praise": ("praise_comment", "thanks"),
    "complaint": (
        *("complaint_service", "damaged_or_wrong_item", "delivery_late", "missing_item"),
        *("negative_comment", "payment_problem", "legal_threat", "danger"),
    ),
    "abuse": ("abuse",),
    "buying": (
        *("membership_points", "payment_methods", "place_order_help", "price"),
        *("product_info", "product_recommend", "promotion", "size_fit", "stock"),
        *("booking", "shipping_fee", "shipping_options", "delivery_time"),
    ),
    "order": (
        *("cancel_order", "change_address", "change_order", "exchange_item", "invoice"),
        *("order_status", "refund_status", "return_item", "warranty_repair", "account_login"),
    ),
    "shop": ("store_hours", "store_location"),
    "person": ("human_request", "bot_challenge", "privacy_delete"),
    "unknown": ("oos", "repeat_or_unclear"),
}
_OF: Mapping[str, str] = {
    intent: topic for topic, several in _INTENTS.items() for intent in several
}
TOPICS = (*_INTENTS, OTHER)


def topic(intent: str | None) -> str:
    """The group of an intent; None is what nobody decided on."""
    return "unknown" if intent is None else _OF.get(intent, OTHER)
