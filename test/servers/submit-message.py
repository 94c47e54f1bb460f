"""Submits a message by Python's own smtplib; nothing of mailmirror takes part.

submit-message.py PORT SENDER RECIPIENT...  [--tls FILE | --starttls FILE] [--user NAME]
The message comes on standard input, the password in SMTP_PASSWORD. Prints one JSON object: what the server offers, whom it
refused with what, and what it refused the whole message with.
"""

import argparse
import json
import os
import smtplib
import ssl
import sys

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("sender")
parser.add_argument("recipients", nargs="+")
parser.add_argument("--tls")
parser.add_argument("--starttls")
parser.add_argument("--user")
options = parser.parse_args()


def answer(code, text):
    return f"{code} {text.decode('utf-8', 'replace')}"


def submit():
    authority = options.tls or options.starttls
    context = ssl.create_default_context(cafile=authority) if authority else None
    if options.tls:
        client = smtplib.SMTP_SSL("127.0.0.1", options.port, context=context, timeout=20)
    else:
        client = smtplib.SMTP("127.0.0.1", options.port, timeout=20)
    with client:
        client.ehlo("client.example.org")
        if options.starttls:
            client.starttls(context=context)
            client.ehlo("client.example.org")
        offered = sorted(client.esmtp_features)
        if options.user:
            client.login(options.user, os.environ["SMTP_PASSWORD"])
        texts = [options.sender, *options.recipients]
        extra = ["SMTPUTF8"] if not all(text.isascii() for text in texts) else []
        refused = client.sendmail(options.sender, options.recipients, sys.stdin.buffer.read(), ["BODY=8BITMIME", *extra])
        return {"offered": offered, "refused": {address: answer(*told) for address, told in refused.items()}}


try:
    result = submit()
except smtplib.SMTPRecipientsRefused as error:
    result = {"refused": {address: answer(*told) for address, told in error.recipients.items()}, "error": "nobody"}
except smtplib.SMTPResponseException as error:
    text = error.smtp_error
    result = {"error": answer(error.smtp_code, text if isinstance(text, bytes) else text.encode())}
except smtplib.SMTPNotSupportedError:
    result = {"error": "not offered"}
except OSError as error:
    result = {"error": type(error).__name__}
json.dump(result, sys.stdout)
