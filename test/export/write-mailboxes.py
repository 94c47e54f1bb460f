"""Writes an mbox and a Maildir with Python's own mailbox module into the folder that is named."""

import mailbox
import os
import sys

home = sys.argv[1]


def message(text, kind=mailbox.mboxMessage):
    return kind(text.encode())


box = mailbox.mbox(os.path.join(home, "python.mbox"))
quoted = message("Subject: quoted\n\nFrom here\n> From there\n")
quoted.set_from("ada@example.org Thu Jan  1 10:00:00 2015")
box.add(quoted)
flagged = message("Subject: flagged\n\nx\n")
flagged.set_from("ada@example.org Thu Jan  1 10:00:00 2015")
flagged.set_flags("RF")
box.add(flagged)
plain = message("Subject: plain\n\nx\n")
plain.set_from("ada@example.org Thu Jan  1 10:00:00 2015")
box.add(plain)
box.flush()

root = mailbox.Maildir(os.path.join(home, "Maildir"))
for name, flags in (("plain", ""), ("seen", "S")):
    one = message("Subject: %s\n\nx\n" % name, mailbox.MaildirMessage)
    one.set_flags(flags)
    one.set_date(1420106400)
    if flags:
        one.set_subdir("cur")
    root.add(one)
folder = root.add_folder("Work.Plans")
plans = message("Subject: plans\n\nx\n", mailbox.MaildirMessage)
plans.set_flags("R")
plans.set_subdir("cur")
plans.set_date(1420106400)
folder.add(plans)
