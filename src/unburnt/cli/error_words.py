"""Errors in the reader's language: the lower floors speak English, and here it is translated.

    message, step = in_words(error)

Messages with a changing part are known by their template. What is not in the table stays English:
a message in another language is better than none.
"""

from __future__ import annotations

import re
from functools import cache

from unburnt.cli.words import N_, _, language
from unburnt.core.errors import UnburntError
from unburnt.core.text import printable

TEMPLATES: tuple[str, ...] = (
    # lower floors: what is wrong
    N_("This cannot be opened here."),
    N_("This folder holds no device of an archive."),
    N_("This folder already holds an archive."),
    N_("This device does not belong to an archive yet."),
    N_("This device may not write to that compartment."),
    N_("This device was revoked: it may write nothing any more."),
    N_("This device is not in the roster that the site holds."),
    N_("This compartment has no key yet."),
    N_("This is not a custody event that is recorded."),
    N_("A custody event is about evidence."),
    N_("No evidence with this id can be read here."),
    N_("Nothing that can be read here says what the original is."),
    N_("No handing-over with this id can be read here."),
    N_("It was handed over to a member: a typed digest is worth less than their signature."),
    N_("It was handed over to another member."),
    N_("The receiver is outside: {count} digests are needed, as they told them."),
    N_("Nothing is said about consent."),
    N_("This is no claim token."),
    N_("A file of that name is there already."),
    N_("Two people must agree to a withdrawal; only one is admin."),
    N_("The key of a compartment cannot be withdrawn, only that of an original."),
    N_("A handing-over has one receiver."),
    N_("Nothing is said about where this comes from."),
    N_("Name at least one piece of it."),
    N_("Look for its id: unburnt find."),
    N_("Look for it: unburnt custody EVIDENCE."),
    N_("Let the receiver run this on their own device, without a digest."),
    N_("Let the receiver acknowledge it."),
    N_("Give each: --digest SHA256."),
    N_("Say what was allowed, or “unknown”."),
    N_("It is eight groups of four letters a-z and digits 2-7."),
    N_("Give --to MEMBER, or --outside WORDS."),
    N_("Say it: --from, --how, --consent; each may be “unknown”."),
    N_("There is no compartment “{label}”."),
    N_("There is no site “{label}”."),
    N_("This folder is the site “{label}” already."),
    N_("There is no such folder."),
    N_("“{label}” holds nothing of this archive, though it was synced before."),
    N_("The folder of “{label}” lies on this device's own disk now."),
    N_("There is no device “{label}”."),
    N_("There is no member “{label}”."),
    N_("“{label}” is neither a site nor a member."),
    N_("“{role}” is no role."),
    N_("Nothing burns in this drill."),
    N_("No site would be left to recover from."),
    N_("Recovery needs an empty folder."),
    N_("These cards are not enough; cards given: {count}."),
    N_("No copy knows a member “{label}”."),
    N_("This is not the id of an archive."),
    N_("Word {place} of card {number} is not in the word list.{hint}"),
    N_("Card {number} does not read right: {problem}"),
    N_("There are {words} cards for {trustees} trustees."),
    N_("A passphrase needs at least {count} characters."),
    N_("No entity with this id can be read here."),
    N_("Nothing that can be read here speaks of this entity."),
    N_("No statement with this id can be read here."),
    N_("There is no such folder or bundle here."),
    N_("This is no copy of an archive."),
    N_("This place holds no archive."),
    N_("These two places hold different archives."),
    N_("This is not a true device card."),
    N_("This is not a head card."),
    N_("This card is not of this archive."),
    N_("The signature on this card is not true."),
    N_("This archive has no trustees yet."),
    N_("There is no entry to put on a card yet."),
    N_("This page cannot be recorded. {why}"),
    N_("The page refers to files."),
    N_("This is not an id."),
    N_("This is not a SHA-256 digest."),
    N_("{location} is there already."),
    N_("{location} is not there."),
    N_("Check the path; plug it in or mount it, then repeat."),
    N_("Another program has written to this device's log meanwhile."),
    N_("The device's vault is damaged."),
    # lower floors: the next step
    N_("Check the passphrase or shares, and that this device was given access."),
    N_("Give the folder of an archive with --archive, or make one: unburnt found."),
    N_("Choose an empty folder."),
    N_("Give its card to an admin of the archive, then: unburnt join --from SITE."),
    N_("Ask an admin: unburnt access, or write where you may."),
    N_("Give another folder, or use that site."),
    N_("Put the stick in, or check the path. To have the folder made: --make."),
    N_(
        "Is the stick in? Put it in and sync again. If its copy is lost and a new one is to begin"
        " there: unburnt sync {label} --begin-again."
    ),
    N_("Is the stick in? Put it in and repeat. If the site was moved here: unburnt site add."),
    N_("Tell an admin. Who belongs to the group returns with a new device."),
    N_("Let an admin add its card and sync that site, then join again."),
    N_("Make one: unburnt rotate."),
    N_("Choose one of: {labels}."),
    N_("Known: {labels}. Add one: unburnt site add."),
    N_("Choose relay, drop, read or write."),
    N_("Name at least one site: --burn office."),
    N_("Add a site elsewhere: unburnt site add."),
    N_("Choose one that does not exist yet, also after an interruption."),
    N_("Compare with the card."),
    N_("Cards of group {group}: {has}; it needs {needed}. Groups needed: {groups}."),
    N_("Whole groups: {whole}; needed: {groups}. Bring cards of another group."),
    N_("Known: {labels}. Somebody new: --new-member."),
    N_(
        "It has 64 characters 0-9 and a-f, in lower case; it stands on every trustee's card, and an"
        " admin can read it to you."
    ),
    N_("Take six words that chance chose, with dice: they are easy to keep and hard to guess."),
    N_("Check its id, or ask somebody who reads the other compartments."),
    N_("Look for its id: unburnt show."),
    N_("Put the stick in, or check the path."),
    N_("Name the folder or bundle that holds one."),
    N_("Check that it is the right disk, stick or address."),
    N_("Check which disk or stick this is."),
    N_("Have the device show it again."),
    N_("Copy the card again, every character."),
    N_("Record something first."),
    N_("Choose another name."),
    N_("Close the other unburnt and try again; nothing was lost."),
    N_("Restore the file device/vault.json, or join the archive again with new keys."),
    N_("An id is 26 characters a-z and 2-7, copied exactly as it was shown."),
    N_("A digest is 64 characters 0-9 and a-f, in lower case."),
    # witnesses
    N_("Nobody has said which witnesses to trust."),
    N_("Say so: unburnt witness policy FILE."),
    N_("An address in the policy is not one of a witness."),
    N_("Write http://HOST or https://HOST, with a path where there is one."),
    N_("A proxy is given as HOST:PORT."),
    N_("For Tor: 127.0.0.1:9080."),
    N_("A proxy is set together with a policy."),
    N_("Give the policy file too."),
    N_("There is a witness in this folder already."),
    N_("There is no witness in this folder."),
    N_("Make one: unburnt witness new."),
    N_("A witness's name has no spaces and no plus."),
    N_("Use a short plain name."),
    N_("Others on this machine can read the key of the witness."),
    N_("Close it to them: chmod 600 witness.key."),
    N_("This witness knows that log with another key."),
    N_("A log keeps its key. Ask its group over another channel what happened."),
    N_("The memory of this witness is gone: what it had cosigned is not known any more."),
    N_("The memory of this witness is damaged."),
    N_("Do not use its key again. Make another witness, and give its new vkey out."),
    N_("This address and port cannot be listened on."),
    N_("Choose another with --port."),
    # this floor
    N_("Check its path."),
    N_("Close it to them: chmod 600 FILE."),
    N_("Others on this machine can read the file with your secret."),
    N_("No passphrase can be read from that file descriptor."),
    N_("The file “{name}” cannot be read."),
    N_("There is no terminal to type the passphrase at."),
    N_(
        "Name a file that only you can read in UNBURNT_PASSPHRASE_FILE, or an open one by its"
        " number: --passphrase-fd 3 3<FILE."
    ),
    N_("You said no: nothing was changed."),
    N_("Run it again when you are sure."),
    N_("A device cannot revoke itself here: nobody could rotate after it."),
    N_("Revoke it from the device of another admin."),
    N_("A role is written as COMPARTMENT=ROLE."),
    N_("Write --role cases=write."),
    N_("This is not the id of the card."),
    N_("Do not let it in. Ask again by voice, and ask where the card comes from."),
    N_("More members would have to agree than are admins; nothing could be changed any more."),
    N_("Revoking cannot need more members than adding: who adds admins alone has enough of them."),
    N_("Look at the roster and choose again."),
    N_("This device is no admin: its signature would not count."),
    N_("Ask somebody who is: unburnt member list."),
    N_("This is the trustees' own device: without it nothing can be recovered."),
    N_("Appoint other trustees: unburnt trustees appoint."),
    N_("Fewer people would be left than must agree; nothing could be changed any more."),
    N_("Make somebody else admin first, or let fewer agree: unburnt policy."),
    N_("Several appointments of trustees wait; only the cards of one can count."),
    N_("Ask which cards the trustees hold, and approve that one by name."),
    N_("You have signed this already."),
    N_("Another person has to approve it."),
    N_("--accept is for one device: every log has its own length."),
    N_("Revoke the devices one by one, or leave it out."),
    N_("{count} operations that wait begin with these characters."),
    N_("See which wait: unburnt roster."),
    N_("There is a compartment “{label}” already."),
    N_("Choose another label."),
    N_("No site is known yet."),
    N_("Beginning again is for a site that is named."),
    N_("Name it: sync SITE."),
    N_("Add one: unburnt site add."),
    N_("A group is written as a number, a colon and names."),
    N_("One card is checked at a time."),
    N_("Give the words of one card."),
    N_("The cards would go into a file or another program."),
    N_("Run it in a terminal; or insist with --yes-print, and destroy the file."),
    N_("A new entity needs its kind."),
    N_("Say it: --schema Person."),
    # click
    N_("No such command '{name}'."),
    N_("No such command '{name}'. Did you mean '{other}'?"),
    N_("No such option: {name}"),
    N_("Missing argument '{name}'."),
    N_("Missing option '{name}'."),
    N_("Invalid value for {name}: {why}"),
)

_HOLE = re.compile(r"\\\{([a-z]+)\\\}")


def in_words(error: UnburntError) -> tuple[str, str]:
    """Return message and next step in the language in use, harmless to a terminal."""
    return printable(spoken(error.message)), printable(spoken(error.next_step))


def spoken(text: str) -> str:
    """Return a message of ours or of click in the language in use, as it is where it has none."""
    direct = _(text)
    if direct != text or language() == "en":
        return direct
    for template, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found is not None:
            return _(template).format(**found.groupdict())
    return text


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (template, re.compile(_HOLE.sub(r"(?P<\1>.*?)", re.escape(template))))
        for template in TEMPLATES
        if "{" in template
    )
