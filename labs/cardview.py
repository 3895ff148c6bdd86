"""How a country card shows itself in a notebook."""

from __future__ import annotations

from collections.abc import Iterable

from labs.show import Html, table
from labs.world import LANGUAGES, Card, Contact, Provider

CRIMINALITY = {
    "required": "dual criminality is required",
    "coercive-only": "dual criminality is required for coercive measures only",
    "not-required": "dual criminality is not required",
}


def card_html(card: Card) -> Html:
    """Lay out a country card: the State's facts, then each provider's records."""
    parts = [
        f"<h3>{card.name} ({card.code})</h3>",
        table([], _facts(card)),
        table(
            ["instrument", "signed", "deposited", "in force"],
            [
                (one.name, one.signed or "—", one.deposited or "—", one.in_force or "—")
                for one in card.instruments
            ],
            "Bound by (fictional dates)",
        ),
        *(_provider(provider) for provider in card.providers),
    ]
    return Html("".join(parts))


def languages(codes: Iterable[str]) -> str:
    """Return the languages' names, in the order of their codes."""
    return ", ".join(f"{LANGUAGES[code]} ({code})" for code in codes)


def _facts(card: Card) -> list[tuple[str, str]]:
    renewable = "can be renewed" if card.order_renewable else "cannot be renewed"
    secrecy = (
        "the custodian must keep it secret"
        if card.custodian_keeps_secret
        else "the custodian may tell the customer"
    )
    days = ", ".join(f"{day} {name}" for day, name in card.holidays.items())
    return [
        ("Language", languages(card.languages)),
        ("Clock", f"UTC{card.utc_offset}, all year"),
        ("24/7 contact point", _contact(card.contact_point)),
        ("Central authority (mutual legal assistance)", _contact(card.central_authority)),
        ("Preservation requests", card.request_rule),
        (
            "Order to a custodian",
            f"signed by: {card.preservation_authoriser}; lasts {card.order_days} days, "
            f"{renewable}; {secrecy}",
        ),
        (
            "Mutual legal assistance",
            f"{CRIMINALITY[card.dual_criminality]}; in {languages(card.assistance_languages)}",
        ),
        (
            "Production orders, authorised by",
            ", ".join(f"{name}: {who}" for name, who in card.authorisers.items()),
        ),
        ("Holidays 2026", days),
    ]


def _contact(contact: Contact) -> str:
    return (
        f"{contact.name} · {contact.mail} · {contact.phone} · {contact.hours} · "
        f"{languages(contact.languages)}"
    )


def _provider(provider: Provider) -> Html:
    ranges = ", ".join(f"{first} to {last}" for first, last in provider.networks)
    return table(
        ["code", "what it holds", "category", "kept"],
        [
            (
                record.code,
                record.name,
                record.category,
                "while the customer keeps it"
                if record.retention_days is None
                else f"{record.retention_days} days",
            )
            for record in provider.records
        ],
        f"{provider.name} ({provider.kind}), {ranges}, {', '.join(provider.domains)}, "
        f"{provider.mail}",
    )
