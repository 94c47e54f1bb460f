"""Prints, a line of JSON for each path on stdin, what Python's email package reads in a message, by both of its policies."""

import email
import email.header
import email.policy
import email.utils
import hashlib
import json
import sys


def digest(octets):
    return hashlib.sha256(octets).hexdigest()


def defects(message):
    return [type(one).__name__ for part in message.walk() for one in part.defects]


def addresses(message, name):
    fields = message.get_all(name, [])
    return [one.addr_spec for field in fields for one in field.addresses]


def decoded(text):
    return str(email.header.make_header(email.header.decode_header(text)))


def named_addresses(message, name):
    """By the old policy: the new one puts a blank between two encoded words of a name (python/cpython#92081)."""
    fields = [field.replace("\r\n", "") for field in message.get_all(name, [])]
    return [[decoded(words), address] for words, address in email.utils.getaddresses(fields)]


def leaves(message):
    """Without what lies within a message that is sent along."""
    if message.get_content_maintype() != "multipart":
        return [message]
    return [leaf for part in message.get_payload() for leaf in leaves(part)]


def without_last_end(text):
    """A part that is the whole message ends with a line end, whether or not its text does."""
    return text.removesuffix("\n")


def unflowed(part):
    """RFC 3676 section 4, of the text of a part."""
    text = part.get_payload(decode=True).decode(part.get_content_charset("us-ascii"))
    lines, was_open, last = [], False, None
    if str(part.get_param("format", "fixed")).lower() != "flowed":
        return without_last_end(text.replace("\r\n", "\n"))
    for raw in text.replace("\r\n", "\n").split("\n"):
        line = raw.lstrip(">")
        depth = len(raw) - len(line)
        line = line[1:] if line.startswith(" ") else line
        if was_open and depth == last and line != "-- ":
            lines[-1] += line
        else:
            lines.append((">" * depth + " " if depth else "") + line)
        was_open, last = line.endswith(" ") and line != "-- ", depth
    return without_last_end("\n".join(lines))


def texts(message, kind):
    return [unflowed(part) for part in leaves(message) if part.get_content_type() == kind and not part.get_filename()]


def attachments(message):
    return [
        [part.get_filename().replace("\r\n", ""), digest(part.get_payload(decode=True) or b"")]
        for part in leaves(message)
        if part.get_content_type() != "message/rfc822" and part.get_filename() is not None
    ]


def modern(octets):
    message = email.message_from_bytes(octets, policy=email.policy.default)
    fields = {name: addresses(message, name) for name in ("from", "to", "cc", "bcc")}
    names = ("subject", "from", "to", "cc", "bcc", "date", "message-id")
    complaints = [str(one) for name in names for one in getattr(message[name], "defects", [])]
    return {
        "subject": str(message["subject"] or ""),
        **fields,
        "text": texts(message, "text/plain"),
        "html": texts(message, "text/html"),
        "attachments": attachments(message),
        "defects": defects(message) + complaints,
    }


def old(octets):
    message = email.message_from_bytes(octets)
    return {
        "subject": decoded((message["subject"] or "").replace("\r\n", "")),
        **{name: named_addresses(message, name) for name in ("from", "to", "cc", "bcc")},
        "text": texts(message, "text/plain"),
        "html": texts(message, "text/html"),
        "attachments": attachments(message),
        "defects": defects(message),
    }


for line in sys.stdin:
    with open(line.rstrip("\n"), "rb") as file:
        octets = file.read()
    print(json.dumps({"modern": modern(octets), "old": old(octets)}), flush=True)
