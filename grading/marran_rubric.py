"""How an instructor marks the statement to the court."""

STATEMENT = """\
**6 points. What may be said in court about the deleted archive, and what may not.** \
Mark the level whose description fits best; a sentence that claims too much lowers it by one level.

| level | points | the answer |
|---|---|---|
| 1 | 0 | Says nothing that can be checked, or claims what the evidence cannot carry: who deleted \
it, when it was deleted, that Marran made it or sent the letters. |
| 2 | 2 | Says that an archive was recovered and names its hash or place, but no limit; or names \
limits in general without this file. |
| 3 | 4 | States what was found (image verified against the note; entry marked deleted, first \
letter lost; first cluster, size, hash; contents that fit the fraud) **and** at least two limits \
that apply here. |
| 4 | 6 | As level 3, with at least three limits, each tied to a finding, and how another examiner \
can repeat the work. Keeps fact and opinion apart. |

Limits that count: that the clusters lay in a row is an assumption (here supported: they are \
free, the first bytes fit the name, the archive's own check values fit); the FAT keeps no time of \
deletion; times are local, without a zone, as some computer's clock showed them; *modified* before \
*created* fits a file copied to the stick, and does not say from where; the first letter of the \
name is lost; possession of a stick is not authorship; nothing shows that the page was ever sent \
or opened; the stick is not tied to the laptop unless its serial number is found there.

**Marked examples**

- *"The suspect deleted the phishing kit on 2 March to hide it."* **0.** The time, the person and \
the purpose of the deletion are all beyond what a FAT entry says.
- *"I recovered a ZIP file, SHA-256 as stated. It contains an invoice page."* **2.** True and \
checkable, but the court is told no limit.
- *"On the image whose SHA-256 equals the note's I found an entry marked as deleted for an \
archive. Its clusters are free; read in a row from the first cluster for the size in the entry, \
they give a ZIP whose check values fit. The entry has no time of deletion, and its times are \
local."* **4.** Finding and two limits; does not say what does and does not link it to a person.
- *As before, and:* "*Last written before it was created on this stick: I take that to mean it \
was copied there. I cannot say who did so, nor whether the page was sent. Another examiner can \
repeat this with any tool from the byte offset and the size I state.*" **6.**
"""
