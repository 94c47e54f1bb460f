"""Prints, a line of JSON each, what Python's own email package reads in messages. A field that it cannot tell, or that is a
matter of opinion, is left out."""

import email
import email.policy
import hashlib
import json
import sys


def leaves(message):
    return [part for part in message.walk() if not part.is_multipart()]


def addresses(message, name):
    """Addresses without a domain, and those behind comments, are read in many ways."""
    fields = message.get_all(name, [])
    return [f"{one.display_name} <{one.addr_spec}>" for field in fields for one in field.addresses]


def date(message):
    field = message["date"]
    return None if field is None or field.datetime is None else field.datetime.timestamp()


def text(message):
    """Of a message with exactly one plain text: of several, some readers take the first, and some take all."""
    plain = [part for part in leaves(message) if part.get_content_type() == "text/plain"]
    if len(plain) != 1 or plain[0].get_filename() is not None:
        raise ValueError("none, or several")
    return plain[0].get_content()


def attachments(message):
    found = []
    for part in leaves(message):
        if part.get_filename():
            octets = part.get_payload(decode=True) or b""
            found.append([part.get_filename(), part.get_content_type(), hashlib.sha256(octets).hexdigest()])
    return found


fields = {
    "subject": lambda message: str(message["subject"] or ""),
    "from": lambda message: addresses(message, "from"),
    "to": lambda message: addresses(message, "to"),
    "date": date,
    "text": text,
    "attachments": attachments,
}

for path in sys.argv[1:]:
    with open(path, "rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)
    told = {"path": path}
    for name, read in fields.items():
        try:
            told[name] = read(message)
        except (ValueError, LookupError, AttributeError, KeyError):
            pass
    print(json.dumps(told))
