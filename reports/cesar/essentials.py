"""The twelve essential measures as the whole instrument answered them; asks nobody anything."""

from typing import Final

from reports.cesar.answers import Answer, Draft, LadderLevel
from reports.cesar.bank import Bank, Word
from reports.cesar.replies import Replies, Reply

IN_PLACE: Final = 3
BEGUN: Final = 2


def essential(replies: Replies, bank: Bank) -> Draft:
    """Return the answers to the knock-outs in the words of the essential measures.

    Level 3 and more is in place, 2 is partly, less is missing; a skipped one is unknown. The level
    that was really given goes along, with the version of the bank that it was given to.
    """
    last = max((one.answered for one in replies.replies.values()), default="")
    given = {one.id: replies.replies.get(one.id) for one in bank.measures}
    return Draft(
        bank=bank.version,
        name="",
        size=replies.size,
        by=replies.by,
        answers={name: _answer(reply, last, replies.version) for name, reply in given.items()},
    )


def _answer(reply: Reply | None, last: str, version: str) -> Answer:
    if reply is None:
        return Answer(answer="unknown", answered=last)
    level = None if reply.level is None else LadderLevel(bank=version, level=reply.level)
    return Answer(answer=_word(reply), reason=reply.reason, answered=reply.answered, ladder=level)


def _word(reply: Reply) -> Word:
    if reply.kind != "level" or reply.level is None:
        return "not-applicable" if reply.kind == "not-applicable" else "unknown"
    if reply.level >= IN_PLACE:
        return "yes"
    return "partly" if reply.level == BEGUN else "no"
