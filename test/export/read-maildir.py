"""Prints, a line of JSON each, what Python's own mailbox module finds in a Maildir and its folders."""

import base64
import json
import mailbox
import sys


def tell(folder, box):
    for key in box.keys():
        message = box.get_message(key)
        octets = base64.b64encode(box.get_bytes(key)).decode()
        print(json.dumps({"folder": folder, "octets": octets, "flags": message.get_flags(), "date": message.get_date()}))


root = mailbox.Maildir(sys.argv[1], create=False)
tell("", root)
for name in root.list_folders():
    tell(name, root.get_folder(name))
