import { randomBytes, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createMessageParser } from '../../src/mime/message-parser.ts'
import { openOutbox } from '../../src/store/sqlite-outbox.ts'
import { withoutPostfix } from '../servers/postfix.ts'
import { withoutDovecot } from '../servers/without-dovecot.ts'
import { postfixHome } from '../support/postfix-home.ts'
import type { PostfixHome } from '../support/postfix-home.ts'

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

describe.skipIf(withoutPostfix || withoutDovecot)('what a real Postfix refuses', () => {
  test('one recipient for good and one for now: the third has it, the first is told, the second is tried again', async () => {
    const home = await postfixHome({
      recipients: { 'no@example.org': '550 5.1.1 no such user', 'later@example.org': '450 4.2.1 come back, please' },
    })
    const sent = await home.run([...hello, '--cc', 'no@example.org, later@example.org'])
    expect(sent.status).toBe(1)
    expect(sent.stderr).toMatch(
      /^mailmirror: accepted for delivery to 1 of 3 recipients \(outbox 1\); a sync after [-\d]+ \d\d:\d\d sends it to 1 more\n {2}waits: later@example\.org: 450 4\.2\.1 <later@example\.org>: Recipient address rejected: come back, please\n {2}refused: no@example\.org: 550 5\.1\.1 <no@example\.org>: Recipient address rejected: no such user\n$/,
    )
    expect(await recipientsIn(home)).toEqual([
      [
        ['accepted', zoe],
        ['refused', 'no@example.org'],
        ['waiting', 'later@example.org'],
      ],
    ])
    expect((await home.postfix.delivered()).map(({ recipient }) => recipient)).toEqual([zoe])
  })

  test('what is larger than its limit, without sending any of it', async () => {
    const home = await postfixHome({ messageSizeLimit: 5000 })
    const sent = await home.run([...hello, '--attach', '-'], 'x'.repeat(6000))
    expect(sent.status).toBe(64)
    writeFileSync(join(home.home, 'large.bin'), Buffer.alloc(6000, 'x'))
    const large = await home.run([...hello, '--attach', join(home.home, 'large.bin')])
    expect(large.status).toBe(1)
    expect(large.stderr).toMatch(
      /^mailmirror: rejected \(outbox 1\)\n {2}refused: zoe@example\.org: the message has \d+ octets, and the server takes no more than 5000\n$/,
    )
    expect(await home.postfix.log()).not.toContain('from=<ada@example.org>')
  })

  test.each([
    [true, 0, 'mailmirror: accepted for delivery to grün@пример.example (outbox 1)\n'],
    [
      false,
      1,
      'mailmirror: rejected (outbox 1)\n  refused: grün@пример.example: the server takes no addresses beyond ASCII (SMTPUTF8, RFC 6531)\n',
    ],
  ])('an address beyond ASCII, with SMTPUTF8: %s', async (smtpUtf8, status, stderr) => {
    const home = await postfixHome({ smtpUtf8 })
    expect(
      await home.run(['send', '--to', 'Grün <grün@пример.example>', '--subject', 'Grüße', '--body', 'x']),
    ).toMatchObject({ status, stderr })
    const delivered = await home.postfix.delivered()
    expect(delivered.map(({ recipient }) => recipient)).toEqual(smtpUtf8 ? ['grün@пример.example'] : [])
  })

  test('a domain beyond ASCII goes out in ASCII where SMTPUTF8 is not offered', async () => {
    const home = await postfixHome({ smtpUtf8: false })
    expect((await home.run(['send', '--to', 'zoe@пример.example', '--subject', 'x', '--body', 'x'])).status).toBe(0)
    const [delivered] = await home.postfix.delivered()
    expect(delivered?.recipient).toBe('zoe@xn--e1afmkfd.example')
    expect(delivered?.octets.toString()).toMatch(/^To: zoe@xn--e1afmkfd\.example\r$/m)
  })

  test('a wrong password ends with 77, and nothing is sent', async () => {
    const home = await postfixHome({ security: 'starttls', wrongPassword: 'guessed' })
    const sent = await home.run(hello)
    expect(sent.status).toBe(77)
    expect(sent.stderr).toMatch(/535 5\.7\.8 Error: authentication failed[^]*`mailmirror outbox retry 1`/)
    expect(sent.stderr).not.toContain('guessed')
    expect(await home.postfix.delivered()).toEqual([])
  })
})

describe.skipIf(withoutPostfix || withoutDovecot)('octet by octet through a real Postfix', () => {
  const header =
    'From: ada@example.org\r\nTo: zoe@example.org\r\nDate: Sat, 28 Nov 2026 10:00:00 +0000\r\nMessage-ID: <m@example.org>\r\n'

  test.each([
    ['dots', `${header}Subject: x\r\n\r\n.\r\n..\r\n.x\r\n...\r\n`],
    ['eight bits in header and text', `${header}Subject: Grüße\r\n\r\nzoë\r\n`],
    [
      'other charsets',
      Buffer.concat([
        Buffer.from(`${header}Subject: `),
        Buffer.from([0xe9, 0xff, 0x80]),
        Buffer.from('\r\n\r\n\u0001\u007f\r\n'),
      ]),
    ],
    ['trailing blanks and empty lines', `${header}Subject: x\r\n\r\n\r\n  \t \r\nx  \r\n\r\n\r\n`],
    ['From and quotes', `${header}Subject: x\r\n\r\nFrom here\r\n>From there\r\n> x\r\n`],
    ['a line of 100,000', `${header}Subject: x\r\n\r\n${'x'.repeat(100_000)}\r\n`],
  ])('a message on stdin with %s', async (_, input) => {
    const home = await postfixHome()
    const octets = Buffer.from(input)
    expect((await home.run(['send', '-t'], octets)).status).toBe(0)
    const [delivered] = await home.postfix.delivered()
    expect(delivered?.octets.toString('latin1')).toBe(octets.toString('latin1'))
  })

  test('25 MB in a file with an odd name', async () => {
    const home = await postfixHome({ messageSizeLimit: 50_000_000 })
    const name = 'Grüße "a"; b\\c.bin'
    const content = randomBytes(25_000_000)
    writeFileSync(join(home.home, name), content)
    const { status } = await home.run([...hello, '--attach', join(home.home, name)])
    expect(status).toBe(0)
    const octets = (await home.postfix.delivered())[0]?.octets ?? Buffer.alloc(0)
    const { attachments } = createMessageParser().extract(octets)
    expect(attachments.map((one) => one.name)).toEqual([name])
    const end = octets.lastIndexOf('\r\n--')
    const start = octets.lastIndexOf('\r\n\r\n', end)
    expect(Buffer.from(octets.toString('latin1', start, end), 'base64').equals(content)).toBe(true)
  }, 60_000)

  test.each([
    ['with 8BITMIME', [], 0],
    ['without 8BITMIME', ['smtpd_discard_ehlo_keywords = 8bitmime'], 1],
  ])('a message in eight bits that is sent on %s', async (_, settings, expected) => {
    const home = await postfixHome({ settings })
    const original = Buffer.from(`${header}Subject: Grüße\r\n\r\n.zoë\r\n`)
    writeFileSync(join(home.home, 'original.eml'), original)
    expect(
      (await home.run(['import', '--account', 'ada', '--mailbox', 'Old', join(home.home, 'original.eml')])).status,
    ).toBe(0)
    const { status, stderr } = await home.run(['send', '--forward', '1', '--to', zoe])
    expect([status, stderr.includes('octets beyond ASCII')]).toEqual([expected, expected === 1])
    const delivered = await home.postfix.delivered()
    expect(delivered.map(({ octets }) => octets.includes(original))).toEqual(expected === 0 ? [true] : [])
  })
})

describe.skipIf(withoutPostfix || withoutDovecot)('many messages by a real Postfix', () => {
  test('500 that were queued leave in order, each once, by flush and by sync', async () => {
    const home = await postfixHome()
    await queue(home, 500)
    // The second one finds the first at work, and leaves it to that.
    const flushed = await Promise.all([home.run(['outbox', 'flush']), home.run(['outbox', 'flush'])])
    expect(flushed.map(({ status }) => status ?? -1).toSorted((left, right) => left - right)).toEqual([0, 75])
    expect(flushed.find(({ status }) => status === 0)?.stderr).toBe('mailmirror: 500 messages sent\n')
    const expected = Array.from({ length: 500 }, (_, number) => number + 1)
    expect([await takenOf(home), (await home.copies()).length]).toEqual([expected, 500])
    await queue(home, 30)
    const [synced, beside] = await Promise.all([home.run(['sync']), home.run(['outbox', 'flush'])])
    expect([synced.status, [0, 75].includes(beside.status ?? -1)]).toEqual([0, true])
    await home.run(['outbox', 'flush'])
    expect([await takenOf(home), (await home.copies()).length]).toEqual([[...expected, ...expected.slice(0, 30)], 530])
    expect((await home.postfix.delivered()).length).toBe(530)
  }, 120_000)

  test('to more recipients than it takes at once are sent in several goes', async () => {
    const home = await postfixHome({ limits: { recipientsAtOnce: 60 } })
    const addresses = Array.from({ length: 200 }, (_, number) => `r${number}@example.com`)
    expect(await home.run(['send', '--to', addresses.join(', '), '--subject', 'all', '--body', 'x'])).toMatchObject({
      status: 0,
      stderr: 'mailmirror: accepted for delivery to 200 recipients (outbox 1)\n',
    })
    const delivered = await home.postfix.delivered()
    expect(delivered.map(({ recipient }) => recipient).toSorted()).toEqual(addresses.toSorted())
    expect((await home.copies()).length).toBe(1)
  })

  test.each([
    ['messages', { limits: { messages: 5 } }],
    ['recipients', { limits: { recipients: 5 } }],
    ['connections', { settings: ['smtpd_client_connection_rate_limit = 1', 'smtpd_max_queue_life = 1'] }],
  ])(
    'go on at the pace of a server that limits %s',
    async (_, options) => {
      const home = await postfixHome({
        ...options,
        settings: ['anvil_rate_time_unit = 4s', ...('settings' in options ? options.settings : [])],
      })
      await queue(home, 12)
      const flushed = await home.run(['outbox', 'flush'])
      expect(flushed).toMatchObject({ status: 0 })
      const expected = Array.from({ length: 12 }, (__, number) => number + 1)
      expect(await takenOf(home)).toEqual(expected)
      expect((await home.postfix.delivered()).length).toBe(12)
    },
    60_000,
  )
})

/** What a sender without a server would have left. */
async function queue({ store, run }: PostfixHome, count: number): Promise<void> {
  // It makes the store.
  await run(['sync'])
  using outbox = await openOutbox({ path: store, allowNetwork: true, version: 'test', clock: () => 0 })
  for (let number = 1; number <= count; number++) {
    const messageId = `<${number}.${randomUUID()}@example.org>`
    const header = `From: ada@example.org\r\nTo: zoe@example.org\r\nMessage-ID: ${messageId}\r\nSubject: number ${number}\r\n`
    await outbox.add({
      account: 'ada',
      messageId,
      subject: `number ${number}`,
      envelope: { from: 'ada@example.org', to: [zoe] },
      octets: Buffer.from(`${header}\r\n${'text\r\n'.repeat(50)}`),
      queuedAtMs: Date.now(),
      nextTryMs: undefined,
      copy: 'wanted',
    })
  }
}

/** The numbers of the messages in the order in which the server took them; it delivers several at a time. */
async function takenOf({ postfix }: PostfixHome): Promise<readonly number[]> {
  const log = await postfix.log()
  return Array.from(log.matchAll(/ message-id=<(\d+)\./g), ([, number]) => Number(number))
}

/** Of each message of the outbox. */
async function recipientsIn({ store }: PostfixHome): Promise<readonly unknown[]> {
  using outbox = await openOutbox({ path: store, allowNetwork: true, version: 'test', clock: () => 0 })
  return (await outbox.entries()).map(({ recipients }) => recipients.map(({ state, address }) => [state, address]))
}
