#!/usr/bin/env python3
"""Prints what an IMAP server holds of one user: the truth that a mirror is compared with.

  read-server.py PORT USER [--ca FILE]        (127.0.0.1; the password is in $IMAP_PASSWORD; --ca: over TLS)

One JSON line for each mailbox, {mailbox, uidValidity, exists}, followed by one for each
of its messages, ascending: {mailbox, uidValidity, uid, sha256, octets, flags,
internalDate, internalDateSeconds}. Mailbox names are as on the wire (modified UTF-7),
flags are sorted and without \\Recent, internalDate is the server's own text. Changes
nothing: EXAMINE and BODY.PEEK[] only. Ends with 1 when the server does not hand over
exactly what it has announced.

Shares no code with mailmirror and needs nothing but Python. Literals are hashed as they
come, so that no message has to fit into memory.
"""
import argparse
import calendar
import hashlib
import json
import os
import re
import socket
import ssl
import sys

KEPT_LITERAL = 1 << 16  # octets; longer literals are hashed and forgotten
PIECE = 1 << 18
TOKEN = re.compile(rb'\x00(\d+)\x00|"((?:[^"\\]|\\.)*)"|([()])|([^\s()"\x00]+)')
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
DATE = re.compile(r"\s*(\d+)-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")


class Literal:
    """A string from the server: its hash and length, and its octets when they are few."""

    def __init__(self):
        self.octets, self.data, self._hash = 0, b"", hashlib.sha256()

    def add(self, piece):
        self.octets += len(piece)
        self._hash.update(piece)
        self.data = self.data + piece if self.octets <= KEPT_LITERAL else b""

    def sha256(self):
        return self._hash.hexdigest()


def as_literal(value):
    if isinstance(value, Literal):
        return value
    literal = Literal()
    literal.add(value)
    return literal


class Connection:
    def __init__(self, port, authority):
        plain = socket.create_connection(("127.0.0.1", port))
        if authority:
            plain = ssl.create_default_context(cafile=authority).wrap_socket(plain, server_hostname="localhost")
        self.socket = plain
        self.lines = plain.makefile("rb", PIECE)
        self.tag = 0
        self.response()  # the greeting

    def response(self):
        """The next response as (line, literals): in the line, \\0N\\0 stands for literals[N]."""
        line, literals = b"", []
        while True:
            part = self.lines.readline()
            if not part.endswith(b"\n"):
                sys.exit("read-server: the server closed the connection")
            part = part.rstrip(b"\r\n")
            if b"\0" in part:
                sys.exit("read-server: the server sent NUL outside a literal")
            announced = re.search(rb"\{(\d+)\}$", part)
            if not announced:
                return line + part, literals
            literal = Literal()
            while literal.octets < int(announced[1]):
                piece = self.lines.read(min(PIECE, int(announced[1]) - literal.octets))
                if not piece:
                    sys.exit("read-server: the server closed the connection inside a literal")
                literal.add(piece)
            line += part[:announced.start()] + b"\0%d\0" % len(literals)
            literals.append(literal)

    def command(self, *parts):
        """Sends a command whose parts of type str go as they are, those of type bytes as strings; yields the
        untagged responses as token lists. The answer must be OK."""
        self.tag += 1
        tag = b"r%d" % self.tag
        self.socket.sendall(tag)
        for part in parts:
            if isinstance(part, str):
                self.socket.sendall(b" " + part.encode())
            elif re.fullmatch(rb"[ !#-\[\]-~]*", part):
                self.socket.sendall(b' "' + part + b'"')
            else:
                self.socket.sendall(b" {%d}\r\n" % len(part))
                if not self.response()[0].startswith(b"+"):
                    sys.exit("read-server: the server refused a literal")
                self.socket.sendall(part)
        self.socket.sendall(b"\r\n")
        while True:
            line, literals = self.response()
            if line.startswith(tag + b" "):
                if not line.startswith(tag + b" OK"):
                    sys.exit(f"read-server: {parts[0]}: {line.decode(errors='replace')}")
                return
            yield tokens(line, literals)


def tokens(line, literals):
    """The line as nested lists. Atoms are str, strings are bytes or Literal."""
    stack = [[]]
    for match in TOKEN.finditer(line):
        number, quoted, bracket, atom = match.groups()
        if bracket == b"(":
            stack.append([])
        elif bracket == b")" and len(stack) > 1:
            closed = stack.pop()
            stack[-1].append(closed)
        elif number is not None:
            stack[-1].append(literals[int(number)])
        elif quoted is not None:
            stack[-1].append(re.sub(rb"\\(.)", rb"\1", quoted))
        elif atom is not None:
            stack[-1].append(atom.decode(errors="surrogateescape"))
    return stack[0]


def mailboxes(connection):
    """Names, as octets, of all that can be examined."""
    found = set()
    for row in list(connection.command('LIST "" "*"')):
        if len(row) < 5 or row[1] != "LIST":
            continue
        attributes = {attribute.lower() for attribute in row[2]}
        if attributes & {"\\noselect", "\\nonexistent"}:
            continue
        name = row[4]
        found.add(name.data if isinstance(name, Literal) else name if isinstance(name, bytes)
                  else name.encode(errors="surrogateescape"))
    return sorted(found)


def examine(connection, name):
    """Returns (UIDVALIDITY, EXISTS)."""
    uid_validity, exists = None, 0
    for row in connection.command("EXAMINE", name):
        if row[-1:] == ["EXISTS"]:
            exists = int(row[1])
        if "[UIDVALIDITY" in row:
            uid_validity = int(row[row.index("[UIDVALIDITY") + 1].rstrip("]"))
    return uid_validity, exists


def seconds(text):
    match = DATE.match(text)
    if not match:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()
    offset = (int(zone_hours) * 60 + int(zone_minutes)) * 60
    utc = calendar.timegm((int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second)))
    return utc + offset if sign == "-" else utc - offset


def messages(connection):
    """Rows of the examined mailbox by UID."""
    found = {}
    for row in connection.command("UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])"):
        if len(row) < 4 or row[2] != "FETCH":
            continue
        values = dict(zip(map(str.upper, row[3][0::2]), row[3][1::2]))
        if values.get("BODY[]", "NIL") == "NIL":
            continue  # a change of flags that somebody else made meanwhile, or a message that is gone
        body, date = as_literal(values["BODY[]"]), values["INTERNALDATE"].decode(errors="replace")
        found[int(values["UID"])] = {
            "uid": int(values["UID"]), "sha256": body.sha256(), "octets": body.octets,
            "flags": sorted(flag for flag in values["FLAGS"] if flag.lower() != "\\recent"),
            "internalDate": date, "internalDateSeconds": seconds(date)}
    return found


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("port", type=int)
    arguments.add_argument("user")
    arguments.add_argument("--ca", metavar="FILE")
    options = arguments.parse_args()
    connection = Connection(options.port, options.ca)
    password = os.environ["IMAP_PASSWORD"]
    list(connection.command("LOGIN", options.user.encode(), password.encode()))
    for name in mailboxes(connection):
        uid_validity, exists = examine(connection, name)
        mailbox = {"mailbox": name.decode(errors="surrogateescape"), "uidValidity": uid_validity}
        print(json.dumps({**mailbox, "exists": exists}))
        found = messages(connection) if exists else {}
        if len(found) != exists:
            sys.exit(f"read-server: {name!r} has {exists} messages, {len(found)} came")
        for uid in sorted(found):
            print(json.dumps({**mailbox, **found[uid]}))
    list(connection.command("LOGOUT"))


if __name__ == "__main__":
    main()
