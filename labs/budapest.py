"""The Convention on Cybercrime (ETS 185, Budapest) as a table: articles 1 to 35 by number.

Titles follow the Convention, except that article 9 is named as it is spoken of today. The summaries
are our own words and no authority: what binds is the text of the treaty, in English and French.
Opened for signature on 23 November 2001, in force since 1 July 2004.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from labs.show import Html, table


@dataclass(frozen=True)
class Article:
    """An article of the Convention.

    Attributes:
        number: from 1 to 35.
        title: a short title.
        summary: what it is about, in one sentence of our own.
    """

    number: int
    title: str
    summary: str


_ALL = (
    Article(1, "Definitions", "Computer system, computer data, service provider, traffic data."),
    Article(
        2,
        "Illegal access",
        "Getting into the whole or any part of a computer system, on purpose and without right.",
    ),
    Article(
        3,
        "Illegal interception",
        "Catching, by technical means, computer data on their way that are not meant for the "
        "public; a system's radiation included; on purpose and without right.",
    ),
    Article(
        4,
        "Data interference",
        "Damaging, deleting, deteriorating, altering or suppressing computer data, on purpose "
        "and without right.",
    ),
    Article(
        5,
        "System interference",
        "Seriously hindering a computer system from working, by entering, sending or harming "
        "computer data, on purpose and without right.",
    ),
    Article(
        6,
        "Misuse of devices",
        "Making, selling, getting, importing, handing on or having tools designed mainly for "
        "offences under 2 to 5, or passwords, so that they be used for such an offence; not "
        "for authorised testing or protection.",
    ),
    Article(
        7,
        "Computer-related forgery",
        "Entering, altering, deleting or suppressing data so that false data come about which "
        "are to pass for genuine for legal purposes.",
    ),
    Article(
        8,
        "Computer-related fraud",
        "Causing another's loss of property through data or through a system's working, with "
        "dishonest intent to gain, without right.",
    ),
    Article(
        9,
        "Child sexual abuse material",
        "Producing for distribution, offering, distributing, procuring or having such "
        "material through or in a computer system.",
    ),
    Article(
        10,
        "Copyright and related rights",
        "Infringing them wilfully, on a commercial scale and by means of a computer system.",
    ),
    Article(
        11,
        "Attempt, aiding and abetting",
        "Aiding any offence under 2 to 10; attempting one under 3, 4, 5, 7, 8 or part of 9 "
        "(paragraph 1, a and c).",
    ),
    Article(
        12,
        "Corporate liability",
        "A legal person answers for an offence done for its benefit by somebody who leads it, "
        "or made possible because nobody supervised its staff.",
    ),
    Article(
        13,
        "Sanctions and measures",
        "Punishment that is effective, proportionate and dissuasive.",
    ),
    Article(
        14,
        "Scope of procedural provisions",
        "For which offences and which evidence the powers exist.",
    ),
    Article(
        15,
        "Conditions and safeguards",
        "Rights, proportionality, independent supervision, grounds and limits.",
    ),
    Article(
        16,
        "Expedited preservation of stored data",
        "Ordering that stored data be kept, for up to 90 days, renewable.",
    ),
    Article(
        17,
        "Preservation and partial disclosure of traffic data",
        "Keeping traffic data and learning at once which providers carried the communication.",
    ),
    Article(
        18,
        "Production order",
        "Ordering a person to hand over data, or a provider its subscriber information.",
    ),
    Article(
        19,
        "Search and seizure of stored data",
        "Searching computer systems and securing data.",
    ),
    Article(20, "Real-time collection of traffic data", "Collecting traffic data as they arise."),
    Article(
        21,
        "Interception of content data",
        "Collecting content as it arises, for serious offences.",
    ),
    Article(22, "Jurisdiction", "Territory, ships, aircraft, nationality; prosecute or extradite."),
    Article(23, "General principles of cooperation", "The widest cooperation possible."),
    Article(24, "Extradition", "For the offences of the Convention, if they are serious enough."),
    Article(
        25,
        "General principles of mutual assistance",
        "Assistance as wide as possible; fast means in urgent cases.",
    ),
    Article(26, "Spontaneous information", "Telling another Party something unasked."),
    Article(27, "Assistance without a treaty", "The procedure where no other treaty applies."),
    Article(
        28,
        "Confidentiality and limits on use",
        "Conditions on how what is supplied may be used.",
    ),
    Article(
        29,
        "Expedited preservation for another Party",
        "Having data kept abroad, at least 60 days, until the request for them follows.",
    ),
    Article(
        30,
        "Expedited disclosure of preserved traffic data",
        "Telling the requesting Party which providers in another State carried the communication.",
    ),
    Article(
        31,
        "Assistance in accessing stored data",
        "Having another Party search, seize and disclose stored data.",
    ),
    Article(
        32,
        "Trans-border access",
        "Public data, or data that the person entitled to disclose them gives willingly.",
    ),
    Article(
        33,
        "Assistance with traffic data in real time",
        "Having another Party collect traffic data as they arise.",
    ),
    Article(
        34,
        "Assistance with interception",
        "Having another Party collect content as it arises.",
    ),
    Article(35, "24/7 network", "A point of contact in each Party, day and night."),
)

ARTICLES = {article.number: article for article in _ALL}
"""The articles by number."""


def articles(first: int = 1, last: int = 35) -> Html:
    """Show the articles from one number to another, both included, as a table.

    Args:
        first: a number from 1 to 35.
        last: a number from ``first`` to 35.

    Raises:
        ValueError: if there are no such articles in this table.
    """
    if not 1 <= first <= last <= 35:
        raise ValueError(
            f"The table holds articles 1 to 35; there is no range from {first} to {last}."
        )
    shown = (ARTICLES[number] for number in range(first, last + 1))
    rows = [(each.number, Html(f"<b>{escape(each.title)}</b>"), each.summary) for each in shown]
    return table(["Article", "Title", "In short"], rows)
