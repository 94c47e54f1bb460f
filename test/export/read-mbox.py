"""Prints, a line of base64 each, the octets of the messages that Python's own mailbox module finds in an mbox."""

import base64
import mailbox
import sys

box = mailbox.mbox(sys.argv[1], create=False)
for key in box.keys():
    print(base64.b64encode(box.get_bytes(key)).decode())
