"""The banks from which a participant's case file for the preservation request is drawn.

``grading.preservation.facts`` draws from them; nothing here knows a seed.
"""

from __future__ import annotations

from dataclasses import dataclass

VICTIMS = {
    "CK": (
        ("Lantern Cay Harbour Trust", "lanterncay.example"),
        ("Coral Reach Shipping", "coralreach.example"),
        ("Keys Ferry Company", "keysferry.example"),
        ("Pelican Freight", "pelicanfreight.example"),
    ),
    "LU": (
        ("Astilleros Punta Clara", "puntaclara.example"),
        ("Navieras del Alba", "navierasdelalba.example"),
        ("Almacenes Puerto Hondo", "puertohondo.example"),
        ("Remolcadores Bahía Honda", "bahiahonda.example"),
    ),
    "PS": (
        ("Associação dos Pilotos", "pilotos.example"),
        ("Estaleiro Boa Maré", "boamare.example"),
        ("Terminal Areia Branca", "areiabranca.example"),
        ("Rebocadores do Sul", "rebocadoresdosul.example"),
    ),
    "IV": (
        ("Compagnie des Alizés", "alizes.example"),
        ("Chantier Anse-Bleue", "ansebleue.example"),
        ("Transit Cap-Rouge", "caprouge.example"),
        ("Pêcheries du Large", "pecheries.example"),
    ),
}
"""Organisations of the ports and their domains, by State."""

OFFICERS = {
    "CK": ("Inspector Lionel Marsh", "Prosecutor Imogen Hale"),
    "LU": ("Inspector Bruno Salvatierra", "Prosecutor Aldo Ferrán"),
    "PS": ("Inspector Renata Couto", "Prosecutor Davi Lobato"),
    "IV": ("Inspector Solène Maheux", "Prosecutor Lucien Arbaud"),
}
"""The investigator and the prosecutor, by State."""

UNITS = (
    "Computer Crime Unit",
    "Harbour Investigations Branch",
    "Serious Fraud Squad",
    "Digital Offences Section",
)
CLERKS = ("m.dorsey", "l.arroyo", "p.teles", "c.vasseur", "t.okoro", "j.pinho")
STAFF = ("a.bell", "r.nunes", "s.quiroga", "e.laurent", "d.castro", "f.moreau", "g.hollis")

LURES = {
    "CK": (
        "harbour.billing",
        "Invoice 7731 is overdue. Please confirm your details today: {url}",
        "Overdue invoice 7731",
    ),
    "LU": (
        "cobranzas.puerto",
        "La factura 7731 está vencida. Confirme hoy sus datos: {url}",
        "Factura 7731 vencida",
    ),
    "PS": (
        "faturas.porto",
        "A fatura 7731 está vencida. Confirme hoje os seus dados: {url}",
        "Fatura 7731 vencida",
    ),
    "IV": (
        "facturation.port",
        "La facture 7731 est échue. Confirmez vos données aujourd'hui : {url}",
        "Facture 7731 échue",
    ),
}
"""The account's first part, the mail's body and subject, in the language of the third State."""

PAGES = ("login", "conta", "portal", "acceso", "espace")


@dataclass(frozen=True)
class Conduct:
    """A conduct under investigation.

    Attributes:
        article: of the Budapest Convention.
        section: the heading of the section of domestic law under which it is investigated.
        fact: what happened, as the police report has it.
    """

    article: int
    section: str
    fact: str


ACCESS = Conduct(
    2,
    "entering a computer system without right",
    "Somebody signed in to the booking system with the clerk's password.",
)
CONDUCTS = (
    Conduct(
        3,
        "intercepting, by technical means and without right, data on their non-public way to, "
        "from or within a computer system",
        "For two days a program copied the accounts department's messages while they passed the "
        "mail gateway.",
    ),
    Conduct(
        4,
        "damaging, deleting, altering or suppressing computer data without right",
        "The berth bookings of the season were deleted; the booking system itself kept working.",
    ),
    Conduct(
        5,
        "seriously hindering, without right, a computer system from functioning by sending or "
        "suppressing data",
        "For nine hours the pilot service's server was flooded with requests and could not be "
        "used; nothing in it was changed.",
    ),
    Conduct(
        6,
        "obtaining or passing on a password so that an offence against a system may be committed",
        "The clerk's password was offered for sale in a chat group.",
    ),
    Conduct(
        7,
        "making computer data that are not genuine, so that they are acted upon as if they were",
        "A pilotage certificate that the harbour master never issued was made in the document "
        "system and shown at the gate as genuine.",
    ),
    Conduct(
        8,
        "causing another person a loss of property by altering computer data, so as to gain "
        "dishonestly",
        "The bank details of a supplier were changed in the payment run: 48,200 went to a "
        "stranger's account.",
    ),
)
NO_PROCEEDINGS = (
    "On the clerk's own telephone the examiners found pirated films. No proceedings were opened "
    "about them."
)

NEEDS = {
    "customer": (
        "who made the contract for this service, and how that person can be reached",
        "the name and postal address that the person behind the service gave",
    ),
    "payment": (
        "how the service was paid for, and on which days",
        "from what card or bank account the service was paid",
    ),
    "address-log": (
        "to which customer the address was given at the moments in our log",
        "whose address it was at the moments in our log",
    ),
    "sign-in-log": (
        "from where, and when, the person came in to manage the service",
        "the addresses from which the person managed the service, with times",
    ),
    "mail-log": (
        "to which other firms the same sender wrote, and when; the text is not needed",
        "who else was sent the same message, and when; the wording is not needed",
    ),
    "page-log": (
        "which other people opened the false page, so that they can be warned",
        "from which addresses the false page was opened, so as to find the other victims",
    ),
    "mailbox": (
        "the answers that victims sent to the account; no other copy of them exists",
        "what the victims wrote back to the account, which is nowhere else to be had",
    ),
    "files": (
        "the false page as it is stored, with what was typed into it; we hold a picture only",
        "the page itself and the list of what people typed into it; no copy of either exists",
    ),
}
"""What the case needs, by the kind of record that answers it; never in the card's words."""

ELEMENTS = {
    "a": (
        "This request comes from the Specialised Prosecution Service of the Capital, which leads "
        "the investigation and seeks the measure.",
        "The measure is sought by the Second Investigation Chamber, seized of case 118.",
    ),
    "b": (
        "We investigate unlawful entry into the computers of a hospital. On the night of 9 January "
        "a person unknown used an old password and read the duty rosters.",
        "Proceedings are open for data interference: in January the grades of a school were "
        "deleted with a former teacher's password.",
    ),
    "c": (
        "What is to be kept: the sign-in records of one account from 9 to 11 January (UTC). They "
        "show from where the password was used.",
        "What is to be kept: the access log of one page, 20 to 22 January (UTC). It shows who "
        "gave the command to delete.",
    ),
    "d": (
        "The records are with the mail provider of the account; its machines stand in your "
        "capital, to the best of our knowledge.",
        "A hosting firm in your second city runs the server on which the records lie.",
    ),
    "e": (
        "The provider deletes such records after some weeks. No other copy exists, and by the time "
        "a court can be asked they would be gone.",
        "The customer has begun to empty the account, and what is deleted there cannot be had "
        "elsewhere.",
    ),
    "f": (
        "A request to have the records searched for and handed over will be sent by our central "
        "authority as soon as the court has ordered it.",
        "We shall ask, through the central authorities, for the disclosure of what you have kept.",
    ),
}
"""Paragraphs of an earlier request, by the letter of article 29, paragraph 2, that they serve."""
NO_ELEMENT = (
    "Our reference is 118/2026. Please quote it in every answer.",
    "This request is new; no earlier ticket belongs to it.",
    "Please do not tell the customer of this request.",
    "We write in a language that your card names.",
    "Please acknowledge receipt, and give us your ticket number.",
    "We thank you for your help in last year's matter.",
)
"""Paragraphs that are good practice and that article 29, paragraph 2, does not ask for."""


@dataclass(frozen=True)
class Reply:
    """An answer of a requested Party.

    Attributes:
        code: the paragraph of article 29 that bears it (2, 5 or 6); 0 where none does.
        theme: what a participant who errs has to read again.
        text: the answer.
    """

    code: int
    theme: str
    text: str


POLITICAL, ESSENTIAL, INFORM, INCOMPLETE = "political", "essential", "inform", "incomplete"
CRIMINALITY, TOO_SHORT, NO_GROUND = "criminality", "too short", "no ground"
REPLIES = (
    Reply(5, POLITICAL, "We consider the offence in your request a political one, and refuse."),
    Reply(
        5, POLITICAL, "We hold that the offence is connected with a political offence, and refuse."
    ),
    Reply(
        5,
        ESSENTIAL,
        "The server is that of our navy. To carry out the request would be likely to harm our "
        "security, and we refuse.",
    ),
    Reply(5, ESSENTIAL, "In our view to carry it out would prejudice our sovereignty. We refuse."),
    Reply(
        5,
        ESSENTIAL,
        "To carry it out would be likely to prejudice the public order (ordre public) of our "
        "State. We refuse.",
    ),
    Reply(
        6,
        INFORM,
        "This firm tells its customers of every order. The suspect would know by tonight. Shall "
        "we go on?",
    ),
    Reply(
        6,
        INFORM,
        "The disk that holds the data is failing. An order may not keep them available. Do you "
        "still want it?",
    ),
    Reply(
        6,
        INFORM,
        "The custodian is run by a friend of your suspect. An order could harm your "
        "investigation. Please decide.",
    ),
    Reply(
        2,
        INCOMPLETE,
        "You do not say whether a request for mutual assistance will follow. Please complete your "
        "request.",
    ),
    Reply(2, INCOMPLETE, "Your request names no offence. Please complete it and send it again."),
    Reply(
        2,
        INCOMPLETE,
        "You give no reason why the data must be preserved. Please add it and send it again.",
    ),
    Reply(
        0,
        CRIMINALITY,
        "Illegal access is an offence here only where a lock was broken. Nothing was broken: not "
        "an offence with us, so refused.",
    ),
    Reply(
        0,
        CRIMINALITY,
        "With us what you describe is a breach of contract and no crime. We preserve nothing. "
        "(The offence in the request: illegal access, article 2.)",
    ),
    Reply(
        0,
        TOO_SHORT,
        "We shall keep the data for thirty days and then let them go, whether or not your request "
        "for assistance is under way.",
    ),
    Reply(
        0,
        TOO_SHORT,
        "Our order runs for 45 days and we do not renew it for foreign requests. After that the "
        "data are released.",
    ),
    Reply(0, NO_GROUND, "The damage is small. We keep such measures for serious loss."),
    Reply(0, NO_GROUND, "Your suspect is one of our nationals, so we refuse."),
    Reply(0, NO_GROUND, "There is no bilateral treaty between us, so we refuse."),
    Reply(
        0, NO_GROUND, "First send us a judgment of your courts. Without one we preserve nothing."
    ),
    Reply(0, NO_GROUND, "The customer has not consented, so we refuse."),
    Reply(0, NO_GROUND, "The provider has asked us to spare it the work, so we refuse."),
)
