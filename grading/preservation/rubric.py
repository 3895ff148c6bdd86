"""How an instructor marks the free-text answer of the preservation request's lab."""

RUBRICS = {
    "facts_and_necessity": """\
**Facts and necessity** (9 points). The paragraph is read by a duty officer of another State, at
night, in a language that may not be theirs. Mark what article 29, paragraph 2, letters b, c and e,
ask for; do not mark style.

| level | points | what it looks like |
|---|---|---|
| 4 | 8–9 | What happened, in order and in UTC; how the data asked for are tied to it; why they \
would be lost otherwise, with the day; why nothing less would do. Nothing that is not in the file. |
| 3 | 6–7 | Facts and link are clear. Necessity is there but general: no day, or no reason why the \
other records are left out. |
| 2 | 3–5 | Facts are told, but the link between data and offence must be guessed; or the need is \
asserted ("urgent"); or local and UTC times stand mixed. |
| 1 | 1–2 | A demand without reasons, or suspicion told as fact, or more asked for than argued. |

0 points: empty, or copied from the case file without a choice being made.

Take off one level where the paragraph names the measuring project as the attacker, blames the
third State because of the message's language, or asks for the data to be handed over.

**Marked examples** (names and times are made up)

- *Level 4.* "On 6 February 2026 at 03:14 UTC a message took a clerk of a shipyard to a page at
  your provider N., where she typed her password. On 8 February at 01:02 UTC it was used from N.'s
  address 192.0.2.77, source port 50112, to enter the shipyard's bookings, which were then deleted
  (Convention, articles 2 and 4). N.'s sign-in log would show from where the person manages the
  page, and its contract data who that person is. N. keeps the log for 20 days: the first entries
  can be saved until 26 February. No copy exists elsewhere. We do not ask for the mailbox: what was
  sent is in our hands."
- *Level 3.* "A clerk was led to a false page at N. on 6 February (UTC) and her password was used
  from N.'s address on 8 February to delete bookings. The sign-in log and the contract data will
  show who did it. Such logs are kept for a short time only, so please hurry." Clear and linked; no
  day, and no word on what is left out.
- *Level 2.* "A shipyard was hacked on 5 February at 22:14 and its bookings were deleted. We need
  the logs of N. It is very urgent." Which clock? What do the logs have to do with it?
- *Level 1.* "We know that N.'s customer is the hacker. Send us the mailbox and everything else
  since 2020."
""",
}
