import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { SmtpScript } from '../servers/scripted-smtp.ts'
import { outboxOf, sendingHome } from '../support/sending-home.ts'
import type { SendingHome } from '../support/sending-home.ts'

const hello = ['send', '--to', 'Zoe <zoe@example.org>', '--subject', 'Hello', '--body', 'See you.']

const copiesOf = ({ mail }: SendingHome): readonly string[] =>
  mail.mailbox('Sent').messages.map(({ octets }) => octets.toString())

const stateOf = async (home: SendingHome): Promise<readonly unknown[]> =>
  (await outboxOf(home)).map(({ state }) => state)

describe('a message of options', () => {
  test('is accepted, its copy filed with \\Seen, and the mirror shows it once', async () => {
    const home = await sendingHome()
    const { status, stdout, stderr } = await home.run([...hello, '--bcc', 'hidden@example.org'])
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: '',
      stderr: 'mailmirror: accepted for delivery to zoe@example.org and hidden@example.org (outbox 1)\n',
    })
    const [taken] = home.smtp.taken
    expect(taken?.to).toEqual(['zoe@example.org', 'hidden@example.org'])
    expect(taken?.octets.toString()).not.toContain('hidden')
    const [copy = '', ...others] = copiesOf(home)
    expect(others).toEqual([])
    expect(copy).toContain('Bcc: hidden@example.org')
    expect(copy.replace(/^Bcc:.*\r\n/m, '')).toBe(taken?.octets.toString())
    expect(home.mail.mailbox('Sent').messages[0]?.flags).toEqual([String.raw`\Seen`])
    await home.run(['sync', '-q'])
    await home.run(['sync', '-q'])
    const { stdout: found } = await home.run(['search', '--json', 'subject:Hello'])
    expect(
      found
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toMatchObject([{ placements: [{ mailbox: 'Sent' }] }])
    expect(await outboxOf(home)).toMatchObject([{ id: 1, state: 'sent', copy: 'appended', octets: 0, attempts: 1 }])
  })

  test('says what it would send, and sends nothing', async () => {
    const home = await sendingHome()
    const { status, stdout, stderr } = await home.run([...hello, '--dry-run'])
    expect(status).toBe(0)
    expect(stderr).toBe(
      'mailmirror: would be sent by account ada\nmailmirror: from ada@example.org\nmailmirror: to zoe@example.org\n',
    )
    expect(stdout).toMatch(/^From: ada@example\.org\r\nTo: Zoe <zoe@example\.org>\r\nSubject: Hello\r\n/)
    expect(stdout.endsWith('\r\n\r\nSee you.\r\n') || stdout.endsWith('\r\n\r\nSee you.')).toBe(true)
    expect([home.smtp.connections.count, await stateOf(home)]).toEqual([0, []])
  })

  test('of which some recipients are refused ends with 1 and names them', async () => {
    const home = await sendingHome({
      reply: (line) => (line.includes('bob') ? '550 5.1.1 \u001b[31mno such user' : undefined),
    })
    const { status, stderr } = await home.run([...hello, '--cc', 'bob@example.org'])
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr:
        'mailmirror: accepted for delivery to 1 of 2 recipients (outbox 1)\n  refused: bob@example.org: 550 5.1.1 \\x1b[31mno such user\n',
    })
  })

  test('that is rejected ends with 1 and the words of the server', async () => {
    const home = await sendingHome({ reply: (line) => (line === 'DOT' ? '554 5.7.1 spam' : undefined) })
    const { status, stderr } = await home.run(hello)
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'mailmirror: rejected (outbox 1)\n  refused: zoe@example.org: 554 5.7.1 spam\n',
    })
    expect(copiesOf(home)).toEqual([])
  })

  test('S26 with a line break where none may be is refused, and nothing is sent', async () => {
    const home = await sendingHome()
    const file = join(home.home, 'a\nb.txt')
    writeFileSync(file, 'x')
    const changes = [
      ['--subject', 'a\r\nBcc: x@example.org'],
      ['--to', 'a@example.org\nBcc: x@example.org'],
      ['--header', 'X-A: b\nBcc: x@example.org'],
      ['--attach', file],
      ['--from', 'Ada\r\nBcc: x@example.org <ada@example.org>'],
    ]
    const statuses = await Promise.all(changes.map((change) => home.run([...hello, ...change])))
    expect(statuses.map(({ status }) => status)).toEqual(changes.map(() => 64))
    expect([home.smtp.connections.count, await stateOf(home)]).toEqual([0, []])
  })

  test.each([
    [['send'], 64],
    [['send', '--to', 'zoe@example.org'], 64],
    [['send', '--body', 'x'], 64],
    [['send', '--to', 'zoe@example.org bea@example.org', '--body', 'x'], 64],
    [['send', 'zoe@example.org bea@example.org'], 64],
    [['send', '--to', 'Zoe, Bea <bea@example.org>', '--body', 'x'], 64],
    [['send', '-t', '--subject', 'x'], 64],
    [['send', '--to', 'zoe@example.org', '--body', '@/nonexistent'], 64],
    [['send', '--to', 'zoe@example.org', '--body', 'x', '--account', 'nobody'], 66],
    [['send', '--reply-to', '4711', '--body', 'x'], 74],
    [['outbox', 'show', '7'], 66],
    [['outbox', 'show', 'x'], 64],
  ])('%j ends with %i', async (args, expected) => {
    const home = await sendingHome()
    expect((await home.run(args, 'From: a@example.org\n\nx\n')).status).toBe(expected)
  })
})

describe('offline', () => {
  test('a message is queued with 0, says so, and the next sync sends it', async () => {
    const home = await sendingHome({}, 1)
    const { status, stderr } = await home.run(hello)
    expect(status).toBe(0)
    expect(stderr).toMatch(
      /^mailmirror: queued \(outbox 1\): the next sync sends it; could not connect to 127\.0\.0\.1:1: nothing listens there\n$/,
    )
    const online = { ...home, smtp: (await sendingHome()).smtp }
    writeFileSync(home.config, readFileSync(home.config, 'utf8').replace('port = 1\n', `port = ${online.smtp.port}\n`))
    const synced = await home.run(['sync'])
    expect(synced.status).toBe(0)
    expect(synced.stderr).toMatch(/^mailmirror: 1 account, 2 mailboxes complete, .*1 sent, in .*\n$/)
    expect([online.smtp.taken.length, copiesOf(home).length, await stateOf(home)]).toEqual([1, 1, ['sent']])
  })

  test('a message that is delayed can be cancelled', async () => {
    const home = await sendingHome()
    expect((await home.run([...hello, '--delay', '10m'])).stderr).toMatch(
      /^mailmirror: queued \(outbox 1\): a sync after .* sends it\n$/,
    )
    await home.run(['outbox', 'flush'])
    expect((await home.run(['outbox', 'cancel', '1'])).status).toBe(0)
    expect([home.smtp.taken, await stateOf(home)]).toEqual([[], ['cancelled']])
  })
})

describe('a login that is refused', () => {
  const refusing: SmtpScript = { reply: (line) => (line.startsWith('AUTH') ? '535 5.7.8 no' : undefined) }

  test('ends with 77, and the message goes out when the owner says so', async () => {
    const home = await sendingHome(refusing)
    const { status, stderr } = await home.run(hello)
    expect(status).toBe(77)
    expect(stderr).toContain('`mailmirror outbox retry 1`')
    expect(await stateOf(home)).toEqual(['failed'])
    await home.run(['sync', '-q'])
    expect(await stateOf(home)).toEqual(['failed'])
  })
})

test('several that are sent at the same time all go out, each once', async () => {
  const home = await sendingHome()
  await home.run(['sync', '-q'])
  const sent = await Promise.all(Array.from({ length: 6 }, () => home.run(hello)))
  expect(sent.map(({ status, stderr }) => [status, stderr.includes('accepted for delivery')])).toEqual(
    sent.map(() => [0, true]),
  )
  expect([home.smtp.taken.length, copiesOf(home).length]).toEqual([6, 6])
})

test.each([[[]], [['ada']]])('a flush of %j that has no server to send by says so', async (names) => {
  const home = await sendingHome({}, 1)
  await home.run(hello)
  writeFileSync(home.config, readFileSync(home.config, 'utf8').replace(/\[accounts\.ada\.smtp\][^]*/, ''))
  const { status, stderr } = await home.run(['outbox', 'flush', ...names])
  expect([status, stderr.includes('names no server to send by')]).toEqual([78, true])
})

describe('an interruption', () => {
  test('after the end of the message waits a little for the answer, and says that nobody knows', async () => {
    const home = await sendingHome({ reply: (line) => (line === 'DOT' ? 'stall' : undefined) })
    const sending = home.start(hello)
    while (!home.smtp.commands.includes('DATA')) await new Promise((resolve) => setImmediate(resolve))
    while ((await stateOf(home))[0] !== 'sending') await new Promise((resolve) => setImmediate(resolve))
    sending.child.kill('SIGINT')
    const { status, stderr } = await sending.ended
    expect([status, await stateOf(home)]).toEqual([130, ['unknown']])
    expect(stderr).toContain('nobody knows whether the server has taken the message: `mailmirror outbox show 1`')
  }, 30_000)

  test.each([
    ['AUTH', 'queued', 'the message waits in the outbox'],
    ['MAIL', 'queued', 'the message waits in the outbox'],
  ])('at %s ends with 130, and says where the message is', async (step, state, told) => {
    let interrupt: (() => void) | undefined
    const home = await sendingHome({
      reply: (line) => {
        if (interrupt === undefined || !line.startsWith(step)) return undefined
        interrupt()
        return 'stall'
      },
    })
    const sending = home.start(hello)
    interrupt = () => sending.child.kill('SIGINT')
    const { status, stderr } = await sending.ended
    expect({ status, stderr: stderr.includes(told) && stderr.includes('`mailmirror outbox cancel 1`') }).toEqual({
      status: 130,
      stderr: true,
    })
    expect(await stateOf(home)).toEqual([state])
    interrupt = undefined
    expect((await home.run(['outbox', 'flush'])).status).toBe(0)
    expect([home.smtp.taken.length, await stateOf(home)]).toEqual([1, ['sent']])
  })
})

test('the outbox says where not everybody has got a message', async () => {
  const home = await sendingHome({
    reply: (line) => (line.includes('no@') ? '550 no' : line.includes('later@') ? '450 later' : undefined),
  })
  await home.run([...hello, '--cc', 'no@example.org'])
  await home.run([...hello, '--cc', 'later@example.org'])
  const { stdout } = await home.run(['outbox'])
  expect(Array.from(stdout.matchAll(/^ *\d+ {2}(\w.*?) {2,}/gm), ([, state]) => state)).toEqual([
    'sent, 1 refused',
    'queued, 1 sent',
  ])
  expect((await home.run(['outbox', 'flush'])).stderr).toBe('mailmirror: nothing is due to be sent now\n')
})

describe('F93 an unknown outcome', () => {
  test('is said with 1, and never sent again by itself', async () => {
    const home = await sendingHome({ cut: 'end' })
    const { status, stderr } = await home.run(hello)
    expect(status).toBe(1)
    expect(stderr).toMatch(/^mailmirror: unknown whether the server has taken it \(outbox 1\): /)
    await home.run(['sync', '-q'])
    await home.run(['outbox', 'flush'])
    expect([home.smtp.taken.length, await stateOf(home)]).toEqual([1, ['unknown']])
    expect((await home.run(['outbox', 'retry', '1'])).status).toBe(64)
    expect((await home.run(['outbox', 'retry', '1', '--anyway'])).status).toBe(0)
    expect([home.smtp.taken.length, await stateOf(home)]).toEqual([2, ['sent']])
  })

  test('is settled when the provider has filed it in \\Sent', async () => {
    const home = await sendingHome({ cut: 'end' })
    await home.run(hello)
    home.mail.append('Sent', home.smtp.taken[0]?.octets ?? Buffer.alloc(0))
    await home.run(['sync', '-q'])
    expect([await stateOf(home), copiesOf(home).length]).toEqual([['sent'], 1])
  })
})

describe('as sendmail', () => {
  test('takes a message on stdin with its recipients', async () => {
    const home = await sendingHome()
    const input = 'From: ada@example.org\nTo: zoe@example.org\nBcc: hidden@example.org\nSubject: a\n\n.\ntext\n'
    const { status, stderr } = await home.run(
      ['send', '-t', '-i', '-oem', '-oi', '-B8BITMIME', '-f', 'bounce@example.org'],
      input,
    )
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'mailmirror: accepted for delivery to zoe@example.org and hidden@example.org (outbox 1)\n',
    })
    expect(home.smtp.taken[0]).toMatchObject({
      from: 'bounce@example.org',
      to: ['zoe@example.org', 'hidden@example.org'],
    })
    expect(home.smtp.taken[0]?.octets.toString()).toMatch(/\r\n\r\n\.\r\ntext\r\n$/)
  })

  test('a message with octets beyond ASCII is refused where the server takes none, and stays as it is', async () => {
    const home = await sendingHome({ extensions: ['AUTH PLAIN'] })
    const input = 'From: ada@example.org\nTo: zoe@example.org\nSubject: Grüße\n\nzoë\n'
    expect(await home.run(['send', '-t'], input)).toMatchObject({
      status: 1,
      stderr:
        'mailmirror: rejected (outbox 1)\n  refused: zoe@example.org: the message has octets beyond ASCII, and the server takes none (8BITMIME, RFC 6152)\n',
    })
    expect(home.smtp.taken).toEqual([])
    expect((await home.run([...hello.slice(0, -1), 'Grüße'])).status).toBe(0)
  })

  test('-r says the same as -f', async () => {
    const home = await sendingHome()
    const { status } = await home.run(
      ['send', '-i', '-r', 'bounce@example.org', '--', 'zoe@example.org'],
      'Subject: a\n\nx\n',
    )
    expect([status, home.smtp.taken[0]?.from]).toEqual([0, 'bounce@example.org'])
  })

  test.each([
    [['ada@example.org,bea@example.com'], ['ada@example.org', 'bea@example.com']],
    [['root,bea@example.com'], ['ada@example.org', 'bea@example.com']],
    [['bea@example.com, root , www-data'], ['bea@example.com', 'ada@example.org']],
    [['root,daemon'], ['ada@example.org']],
  ])('cron’s MAILTO %j is one argument', async (to, expected) => {
    const home = await sendingHome()
    const { status, stderr } = await home.run(
      ['send', '-FCronDaemon', '-i', '-B8BITMIME', '-oem', ...to],
      'From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@host> äöü\nContent-Type: text/plain; charset=UTF-8\n\nzoë',
    )
    expect({ status, stderr: stderr.includes('accepted for delivery') }).toEqual({ status: 0, stderr: true })
    const [taken] = home.smtp.taken
    expect(taken?.to).toEqual(expected)
    const text = taken?.octets.toString() ?? ''
    expect(text).toMatch(
      /^From: "?CronDaemon"? <ada@example\.org>\r\nDate: .*\r\nMessage-ID: <.*>\r\nTo: root\r\nSubject: Cron <root@host> äöü\r\n/,
    )
    expect(text.endsWith('\r\n\r\nzoë\r\n')).toBe(true)
  })

  test('takes what cron gives it', async () => {
    const home = await sendingHome()
    const input = 'From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@host> backup\n\n50%\r100%\n'
    const { status } = await home.run(['send', '-i', '-FCronDaemon', '-B8BITMIME', '-oem', 'root'], input)
    expect(status).toBe(0)
    expect(home.smtp.taken[0]).toMatchObject({ from: 'ada@example.org', to: ['ada@example.org'] })
  })
})

describe('an answer', () => {
  test('stands in the thread of what it answers, which the mirror finds', async () => {
    const home = await sendingHome()
    home.mail.append(
      'INBOX',
      Buffer.from(
        'From: Zoe <zoe@example.org>\r\nSubject: Plan\r\nMessage-ID: <p@example.org>\r\nDate: Sat, 28 Nov 2026 10:00:00 +0000\r\n\r\nShall we?\r\n',
      ),
    )
    await home.run(['sync', '-q'])
    expect((await home.run(['send', '--reply-to', '1', '--body', 'Yes.'])).status).toBe(0)
    const text = home.smtp.taken[0]?.octets.toString() ?? ''
    expect(text).toContain('In-Reply-To: <p@example.org>')
    expect(text).toContain('References: <p@example.org>')
    expect(text).toContain('Subject: Re: Plan')
    expect(text).toContain('Yes.\r\n\r\nOn Sat, 28 Nov 2026 10:00:00 +0000, Zoe wrote:\r\n> Shall we?')
    await home.run(['sync', '-q'])
    const { stdout } = await home.run(['show', '1', '--thread', '--json'])
    expect(stdout.trim().split('\n').length).toBe(2)
  })

  test('that sends a message on carries its exact octets', async () => {
    const home = await sendingHome()
    const original = Buffer.from(`Subject: Plan\r\n\r\n${'long '.repeat(199)}\r\nzoë\r\n`)
    home.mail.append('INBOX', original)
    await home.run(['sync', '-q'])
    expect((await home.run(['send', '--forward', '1', '--to', 'bob@example.org'])).status).toBe(0)
    expect(home.smtp.taken[0]?.octets.includes(original)).toBe(true)
  })
})

test('sends that begin at the same time all go out, each once', async () => {
  const home = await sendingHome()
  const results = await Promise.all(['a', 'b', 'c'].map((subject) => home.run([...hello, '--subject', subject])))
  expect(results.map(({ status }) => status)).toEqual([0, 0, 0])
  expect(await stateOf(home)).toEqual(['sent', 'sent', 'sent'])
  expect([home.smtp.taken.length, copiesOf(home).length]).toEqual([3, 3])
})
