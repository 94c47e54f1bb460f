#!/usr/bin/env python3
"""Fills an account with very many very small messages: crowd.py USER --mailboxes N --messages N [--port N]

Each mailbox gets as many messages as the others, INBOX the first. A message has about 230 octets and differs from all
others; one in five is unread.
"""
import argparse
import os
import time

from load import Connection, MESSAGES_PER_APPEND

FIRST_DATE = 1451606400  # 2016-01-01


def message(mailbox, number):
    text = (f"From: Ada <ada@example.org>\r\nTo: Bob <bob@example.org>\r\nSubject: Note {number} of {mailbox}\r\n"
            f"Message-ID: <{mailbox}.{number}@example.org>\r\n"
            f"Date: {time.strftime('%d %b %Y %H:%M:%S +0000', time.gmtime(FIRST_DATE + number))}\r\n\r\n"
            f"This is note {number}.\r\n")
    return text.encode()


def fill(connection, mailbox, messages):
    if mailbox != "INBOX":
        connection.command(b'CREATE "%s"' % mailbox.encode())
    for first in range(1, messages + 1, MESSAGES_PER_APPEND):
        data = connection.begin(b'APPEND "%s"' % mailbox.encode())
        for number in range(first, min(first + MESSAGES_PER_APPEND, messages + 1)):
            octets = message(mailbox, number)
            date = time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime(FIRST_DATE + number))
            flags = b"" if number % 5 == 0 else b"\\Seen"
            data += b' (%s) "%s" {%d+}\r\n' % (flags, date.encode(), len(octets)) + octets
        connection.socket.sendall(data + b"\r\n")
        connection.finish()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("user")
    arguments.add_argument("--mailboxes", type=int, required=True)
    arguments.add_argument("--messages", type=int, required=True, help="in each")
    arguments.add_argument("--port", type=int, default=os.environ.get("BENCH_PORT", 11143))
    options = arguments.parse_args()
    connection = Connection(options.user, options.port)
    for number in range(options.mailboxes):
        fill(connection, "INBOX" if number == 0 else f"Notes/{number}", options.messages)
    connection.command(b"LOGOUT")


if __name__ == "__main__":
    main()
