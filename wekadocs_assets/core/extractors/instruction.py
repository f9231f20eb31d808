"""Tells instructions from explanations: in a numbered item, and in the text that introduces a list."""

from __future__ import annotations

import re

IMPERATIVES = frozenset(
    """accept access acquire activate adapt add adjust allocate allow analyze answer append apply approve archive arrange assemble assess
    assign associate attach authenticate authorize avoid await back backup balance begin bind boot bring browse build bypass calculate
    call cancel capture change check choose clean clear click clone close collect combine commit compare compile complete compose
    compress compute configure confirm connect consider consult contact continue control convert copy count create customize cut
    deactivate debug decide declare decommission decrease decrypt define delete deploy describe deselect destroy detach detect determine
    develop disable discard disconnect discover display distribute do double-click download drag drain drop edit eject enable encrypt
    end ensure enter erase establish estimate evaluate examine exclude execute exit expand export expose extend extract fetch fill
    filter find finish flash flush focus follow force format forward gather generate get give go grant hover identify implement import
    include increase indicate inform initialize initiate insert inspect install integrate invoke isolate issue join keep label launch
    leave let limit link list load locate lock log login look make manage map mark match measure merge migrate modify monitor mount
    move name navigate note obtain offline omit open optimize order override package partition paste pause perform pin ping place plan
    plug point populate post power prepare press prevent proceed promote prompt protect provide provision pull purchase push put query
    re-run read reapply rebalance reboot rebuild receive recheck reconfigure reconnect record recover recreate reduce refer refresh
    register reinstall reject release reload remember remount remove rename render reopen repair repeat replace report request require
    reserve reset resize resolve restart restore restrict resume retain retrieve return reuse review revoke right-click roll rotate run
    save scale scan schedule scroll search secure see select send separate serve set setup share shrink shut sign skip source specify
    split start stop store submit subscribe supply suspend switch sync synchronize tag tailor take tap terminate test toggle touch
    track transfer translate trigger troubleshoot try tune turn type unblock uncomment undo uninstall unlink unlock unmount unpack unplug
    unregister unset untar unzip update upgrade upload use validate verify view visit wait watch wipe write zip customise initialise
    authorise rerun decompress mirror reclaim wrap re-enable re-create slide swap ssh rack bundle unseat tighten loosen fasten lift
    lower align rotate screw unscrew grasp fix correct reseat unbox route carry strap""".split()
)
ADVERBIAL = re.compile(
    r"(?:to|in|on|from|if|for|after|before|when|once|using|under|at|with|within|while|as|by|inside|through|during|depending|optionally|then|"
    r"next|now|finally|first|second|third|again|also|otherwise|alternatively|only|by default|this|the|each|please|you|your|it is|"
    r"you'll|make sure)\b",
    re.IGNORECASE,
)
LEAD_IN = re.compile(
    r"^\W*(?:\(?(?:optional|recommended|required|mandatory)\)?\W+|step \d+\W+|(?:please|then|next|now|first|finally|also|optionally|"
    r"alternatively|manually|carefully|again|simply|immediately|do not|don't|never|always|and)\W+)+",
    re.IGNORECASE,
)
ADDRESSED_READER = re.compile(
    r"\b(?:you (?:can|must|should|need|may|have|will|want)|do the following|do one of|make sure|it is (?:recommended|advised|advisable)|"
    r"must be|should be|is required|need to|needs to)\b",
    re.IGNORECASE,
)
CLAUSE = re.compile(r"[,:;.)\]\u2013\u2014]\s+|\bthen\s+")
WORD = re.compile(r"[A-Za-z][\w'-]*")
SYSTEM_ACTION = re.compile(
    r"(?:performs|does the|carries out|executes|happens?|occurs?|takes place|updates|works|maintaining|behaves?|is done|"
    r"goes through|are performed|is performed|automatically)\b[^.]*:\s*$",
    re.IGNORECASE,
)


def is_instruction(text: str) -> bool:
    """Whether an item tells the reader to do something: an imperative that starts a clause, or `you must` and the like."""
    head = text[:400]
    bare = LEAD_IN.sub("", head) or head
    if _starts_with_imperative(bare):
        return True
    if ADVERBIAL.match(bare.lstrip("*\"'( ")) and any(
        _starts_with_imperative(bare[m.end() :]) for m in CLAUSE.finditer(bare)
    ):
        return True
    return ADDRESSED_READER.search(bare) is not None or _has_labelled_imperative(bare)


def _has_labelled_imperative(text: str) -> bool:
    """Whether an imperative follows a short label: `Backend servers: Install …`."""
    label, colon, rest = text.partition(":")
    return bool(colon) and len(label) < 60 and _starts_with_imperative(LEAD_IN.sub("", rest.lstrip()) or rest)


def _starts_with_imperative(text: str) -> bool:
    match = WORD.search(text[:40])
    return match is not None and match.group().lower() in IMPERATIVES


PARTS = re.compile(
    r"\b(?:involves?|consists? of|includes?|comprises?|proceeds|stages|phases|flow|outlines?)\b[^.]*:\s*$",
    re.IGNORECASE,
)
CHOICES = re.compile(
    r"\b(?:two|three|four|several|following|these|some|numbered) (?:\w+ )?(?:options|ways|methods|advantages|benefits|limitations|requirements|"
    r"sections|cases|scenarios|reasons|examples|types|modes|kinds|elements|components|parts|lists)\b[^.]*:\s*$",
    re.IGNORECASE,
)


def introduces_parts(intro: str) -> bool:
    """Whether the text before a list announces the parts of a process, which may be instructions or explanations."""
    return PARTS.search(intro[-240:]) is not None


def introduces_explanation(intro: str) -> bool:
    """Whether the text before a list announces choices, or what a system does, instead of what to do."""
    if CHOICES.search(intro[-240:]) and not re.search(r"\b(?:set|do|perform|follow)\b", intro[-240:], re.IGNORECASE):
        return True
    return SYSTEM_ACTION.search(intro[-240:]) is not None and ADDRESSED_READER.search(intro[-240:]) is None
