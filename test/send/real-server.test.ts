import { describe, expect, test } from 'vitest'
import { withoutPostfix } from '../servers/postfix.ts'
import { withoutDovecot } from '../servers/without-dovecot.ts'
import { postfixHome } from '../support/postfix-home.ts'

const hello = ['send', '--to', 'Zoe <zoe@example.org>', '--subject', 'Hello', '--body', 'See you.']
const [zoe, bob] = ['zoe@example.org', 'bob@example.com']

describe.skipIf(withoutPostfix || withoutDovecot)('by a real Postfix', () => {
  test.each(['starttls', 'tls', 'none'] as const)('with %s, login and certificate', async (security) => {
    const home = await postfixHome({ security })
    const sent = await home.run([...hello, '--cc', bob, '--bcc', 'hidden@example.net'])
    expect(sent).toMatchObject({
      status: 0,
      stdout: '',
      stderr: 'mailmirror: accepted for delivery to 3 recipients (outbox 1)\n',
    })
    const delivered = await home.postfix.delivered()
    const [copy = '', ...others] = await home.copies()
    expect(others).toEqual([])
    expect(copy).toContain('\nBcc: hidden@example.net\n')
    const wire = copy.replace(/^Bcc:.*\n/m, '')
    expect(
      delivered
        .map(({ sender, recipient, octets }) => ({
          sender,
          recipient,
          text: octets.toString().replaceAll('\r\n', '\n'),
        }))
        .toSorted((left, right) => left.recipient.localeCompare(right.recipient)),
    ).toEqual(
      [bob, 'hidden@example.net', zoe].map((recipient) => ({ sender: 'ada@example.org', recipient, text: wire })),
    )
    const flags = await home.postfix.dovecot?.doveadm('fetch', '-u', 'ada', 'flags', 'mailbox', 'Sent')
    expect(flags).toContain(String.raw`\Seen`)
  })
})
