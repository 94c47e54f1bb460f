import { hash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer } from '../../src/demo/demo-server.ts'
import type { FaultRule } from '../../src/demo/faults.ts'
import { MailStore } from '../../src/demo/mail-store.ts'
import { withWireEnds } from '../../src/export/local-fields.ts'
import { CuttingProxy } from '../servers/cutting-proxy.ts'
import { fullMirror, homeAt, letterOf, mailOf, mirrorOf, parsed, placesOf } from '../support/mirrored-home.ts'
import type { Home } from '../support/mirrored-home.ts'
import { startCommand, writeHome } from '../support/run-command.ts'
import type { CommandResult } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'

const serve = (store: MailStore, faults: readonly FaultRule[] = []): Promise<DemoServer> =>
  startDemoServer({ store, users: { ada: password }, faults })

/** The home's account is at this server from now on. */
function moveTo({ home }: Home, port: number): void {
  writeHome(home, port)
}

const restore = ({ run }: Home, ...more: readonly string[]): Promise<CommandResult> =>
  run('restore', '--to', 'ada', ...more)

/** Text, flags and date of all that a server holds, mailbox by mailbox. */
function heldBy(store: MailStore): readonly string[] {
  return store.mailboxes
    .flatMap(({ path, messages }) =>
      messages.map(({ octets, flags, internalDate }) =>
        [path, octets.toString('latin1'), flags.toSorted().join(' '), internalDate].join('|'),
      ),
    )
    .toSorted()
}

const appends = ({ commands }: DemoServer): number => commands.filter(({ line }) => / APPEND /.test(line)).length

test('F99 restore, then sync from that server: the same messages, flags and dates; again: nothing, and only what adds was said', async () => {
  const from = await fullMirror()
  const target = new MailStore()
  await using server = await serve(target)
  moveTo(from, server.port)
  const first = await restore(from, '--json')
  const [sent, refused] = [parsed(first.stdout), parsed(first.stdout)['failed']]
  // The NUL of one message is more than this server takes.
  expect(first.status).toBe(1)
  expect(JSON.stringify(refused)).toMatch(/^\[\{"mailbox":"INBOX","id":"\d+","reason":"[^"]*NUL[^"]*"\}\]$/)
  const to = homeAt(server.port)
  expect((await to.run('sync', '-q')).status).toBe(0)
  const expected = await Promise.all(
    placesOf(from.store)
      .filter(({ removed }) => removed === 0)
      .map(async (place) => ({ ...place, sha256: await wireHash(from, place.sha256) })),
  )
  const found = placesOf(to.store)
  expect(found.map((place) => JSON.stringify(place)).toSorted()).toEqual(
    expected
      .filter(({ sha256 }) => sha256 !== undefined)
      .map((place) => JSON.stringify(place))
      .toSorted(),
  )
  expect(sent['restored']).toBe(found.length)
  const before = appends(server)
  const again = await restore(from, '--json')
  expect(parsed(again.stdout)).toMatchObject({ restored: 0, present: found.length, left: 0 })
  expect(appends(server)).toBe(before)
  const names = new Set(server.commands.map(({ line }) => line.replace(/^\S+ ((?:UID )?\S+).*/, '$1')))
  for (const name of ['STORE', 'UID STORE', 'EXPUNGE', 'MOVE', 'COPY', 'DELETE', 'RENAME', 'SELECT'])
    expect(names).not.toContain(name)
})

/** As the message is sent; undefined: it cannot be. */
async function wireHash({ run }: Home, sha256: string): Promise<string | undefined> {
  const { stdout } = await run('export', '--format', 'jsonl', '--raw-base64', '--output', '-', '-q', 'in:anywhere')
  for (const line of stdout.trim().split('\n')) {
    const { sha256: own, raw } = parsed(line)
    if (own !== sha256 || typeof raw !== 'string') continue
    const octets = Buffer.from(raw, 'base64')
    return octets.includes(0) ? undefined : hash('sha256', withWireEnds(octets))
  }
  return undefined
}

test('messages keep their order, the UIDs of a mailbox grow as they did', async () => {
  const texts = Array.from({ length: 30 }, (_, index) => letterOf(`${index}`))
  const from = await mirrorOf(mailOf({ INBOX: texts }))
  const target = new MailStore()
  await using server = await serve(target)
  moveTo(from, server.port)
  expect((await restore(from, '-q')).status).toBe(0)
  expect(target.mailbox('INBOX').messages.map(({ octets }) => octets.toString())).toEqual(texts)
})

test('what the server has lost is put back, into a mailbox of its own if that is wanted, and only that', async () => {
  const mail = mailOf({ INBOX: [letterOf('stays'), letterOf('lost'), letterOf('lost too')] })
  await using server = await serve(mail)
  const home = homeAt(server.port)
  await home.run('sync', '-q')
  mail.expunge('INBOX', [2, 3])
  await home.run('sync', '-q')
  expect((await home.run('restore', 'is:removed', 'subject:too', '--to', 'ada/Rescued/Mail', '-q')).status).toBe(0)
  expect(mail.mailbox('Rescued/Mail').messages.map(({ octets }) => octets.toString())).toEqual([letterOf('lost too')])
  expect((await restore(home, 'is:removed', '-q')).status).toBe(0)
  expect(mail.mailbox('INBOX').messages.map(({ octets }) => octets.toString())).toEqual([
    letterOf('stays'),
    letterOf('lost'),
    letterOf('lost too'),
  ])
})

test('what is there is known by its octets where header and date do not tell, and a message twice is there twice', async () => {
  const same = 'Subject: same\r\n\r\n'
  const withId = (text: string): string => `Message-ID: <1@x>\r\n${same}${text}\r\n`
  const texts = [`${same}a\r\n`, `${same}b\r\n`, `${same}b\r\n`, withId('a'), withId('b')]
  const from = await mirrorOf(mailOf({ INBOX: texts }))
  const target = new MailStore()
  // Other dates, one of the pair only, and another text under the same header.
  const internalDate = new Date('2001-02-03T04:05:06Z')
  for (const text of [`${same}b\r\n`, withId('b'), withId('c'), `${same}c\r\n`]) {
    target.append('INBOX', Buffer.from(text), { internalDate })
  }
  await using server = await serve(target)
  moveTo(from, server.port)
  const { status, stdout } = await restore(from, '--json')
  expect([status, parsed(stdout)]).toEqual([0, expect.objectContaining({ restored: 3, present: 2 })])
  expect(
    target
      .mailbox('INBOX')
      .messages.map(({ octets }) => octets.toString())
      .toSorted(),
  ).toEqual([...texts, withId('c'), `${same}c\r\n`].toSorted())
  expect(parsed((await restore(from, '--json')).stdout)).toMatchObject({ restored: 0, present: 5 })
})

test('mail that was imported into a mailbox of the same name is not put there a second time', async () => {
  const mail = mailOf({ INBOX: [letterOf('one'), letterOf('two'), letterOf('two')] })
  await using server = await serve(mail)
  const home = homeAt(server.port)
  expect((await home.run('sync', '-q')).status).toBe(0)
  const path = join(home.home, 'mail')
  expect((await home.run('export', '-q', '--format', 'maildir', '--output', path)).status).toBe(0)
  writeFileSync(join(path, 'new.eml'), letterOf('three'))
  expect((await home.run('import', '-q', path)).status).toBe(0)
  expect((await home.run('import', '-q', join(path, 'new.eml'), '--mailbox', 'INBOX')).status).toBe(0)
  const { stdout } = await restore(home, 'in:INBOX', '--json')
  expect(parsed(stdout)).toMatchObject({ restored: 1, present: 3 })
  expect(mail.mailbox('INBOX').messages.map(({ octets }) => octets.toString())).toEqual(
    ['one', 'two', 'two', 'three'].map((subject) => letterOf(subject)),
  )
})

test('a server that changes what it is given gets nothing twice: it said where it put each message', async () => {
  const from = await mirrorOf(mailOf({ INBOX: [letterOf('one'), letterOf('two')] }))
  const target = new MailStore()
  const append = target.append.bind(target)
  target.append = (path, octets, options) =>
    append(path, Buffer.concat([Buffer.from('X-Filtered: yes\r\n'), octets]), options)
  await using server = await serve(target)
  moveTo(from, server.port)
  expect(parsed((await restore(from, '--json')).stdout)).toMatchObject({ restored: 2 })
  expect(parsed((await restore(from, '--json')).stdout)).toMatchObject({ restored: 0, present: 2 })
})

const large = (index: number): string =>
  `Message-ID: <${index}@x>\r\nSubject: ${index}\r\n\r\n${`${index} `.repeat(2000)}\r\n`
const some = Array.from({ length: 12 }, (_, index) => large(index))

test('F99 the connection is cut in any place of what we send: no message twice, none missing', async () => {
  const from = await mirrorOf(mailOf({ INBOX: some, Work: some.slice(0, 3) }))
  const expected = new MailStore()
  {
    await using server = await serve(expected)
    moveTo(from, server.port)
    expect((await restore(from, '-q')).status).toBe(0)
  }
  for (let first = 300; first < 40_000; first += 3677) {
    const target = new MailStore()
    await using server = await serve(target)
    await using proxy = await CuttingProxy.open(server.port, [first, 9000])
    moveTo(from, proxy.port)
    const { status, stderr } = await restore(from, '-q')
    expect([status, stderr, proxy.cuts > 0]).toEqual([0, '', true])
    expect(heldBy(target)).toEqual(heldBy(expected))
  }
}, 120_000)

test.each([
  ['never learns that it was taken', { kind: 'cut', how: 'rst', afterOctets: 0 }],
  ['is closed before it is taken', { kind: 'close', how: 'fin', when: 'before' }],
  ['is closed after it was taken', { kind: 'close', how: 'fin', when: 'after' }],
  ['is told BYE', { kind: 'bye', text: 'going down' }],
] as const)('F99 a client that %s sends it once', async (_, action) => {
  const from = await mirrorOf(mailOf({ INBOX: some }))
  const target = new MailStore()
  await using server = await serve(
    target,
    [3, 4, 9].map((nth) => ({ when: { command: / APPEND /, nth }, action })),
  )
  moveTo(from, server.port)
  expect(await restore(from, '-q')).toMatchObject({ status: 0, stderr: '' })
  expect(target.mailbox('INBOX').messages.map(({ octets }) => octets.toString())).toEqual(some)
})

test('a message that ends the connection each time is named, and the rest is restored', async () => {
  const poisoned = [...some.slice(0, 5), large(5).replaceAll('5 ', '55 '), ...some.slice(6)]
  const from = await mirrorOf(mailOf({ INBOX: poisoned }))
  const length = Buffer.byteLength(poisoned[5] ?? '')
  const target = new MailStore()
  const action = { kind: 'close', how: 'rst', when: 'before' } as const
  await using server = await serve(target, [{ when: { command: new RegExp(` APPEND .*\\{${length}\\+?\\}`) }, action }])
  moveTo(from, server.port)
  const { status, stderr } = await restore(from, '-q')
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/not restored: message 6 to INBOX: the server ends the connection whenever/),
  ])
  expect(target.mailbox('INBOX').messages).toHaveLength(11)
}, 60_000)

test.each(['SIGKILL', 'SIGINT'] as const)(
  '%s in the middle: the next restore goes on, and nothing is there twice',
  async (signal) => {
    const texts = Array.from({ length: 400 }, (_, index) => large(index))
    const from = await mirrorOf(mailOf({ INBOX: texts }))
    const target = new MailStore()
    await using server = await serve(target)
    moveTo(from, server.port)
    const running = startCommand(from.args('restore', '--to', 'ada'))
    while (running.child.exitCode === null && target.mailbox('INBOX').messages.length < 60) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    running.child.kill(signal)
    expect(await running.ended).toMatchObject(signal === 'SIGINT' ? { status: 130 } : { signal })
    expect(target.mailbox('INBOX').messages.length).toBeLessThan(400)
    expect((await restore(from, '-q')).status).toBe(0)
    expect(target.mailbox('INBOX').messages.map(({ octets }) => octets.toString())).toEqual(texts)
  },
)

const refusing = (nth: number, text: string): FaultRule => ({
  when: { command: / APPEND /, nth },
  action: { kind: 'answer', status: 'NO', text },
})

test('an account that is full ends it with 1 and says what is left; refused messages are named and cost no other', async () => {
  const from = await mirrorOf(mailOf({ INBOX: some, Work: some.slice(0, 3) }))
  {
    await using server = await serve(new MailStore(), [refusing(3, '[CANNOT] \u001b[2J too odd')])
    moveTo(from, server.port)
    const { status, stdout, stderr } = await restore(from)
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      /^mailmirror: 14 messages .* restored to ada\n[^]*not restored: message \d+ to INBOX: .*CANNOT.*too odd\n$/,
    )
    expect(stderr).not.toContain('\u001b')
  }
  await using server = await serve(new MailStore(), [refusing(5, '[OVERQUOTA] no room')])
  moveTo(from, server.port)
  // One connection, so that it is clear what came before.
  writeHome(from.home, server.port, 'connections = 1')
  const full = await restore(from)
  expect([full.status, full.stderr]).toEqual([
    1,
    expect.stringMatching(/4 messages .* restored[^]*OVERQUOTA[^]*10 messages not tried/),
  ])
  expect((await restore(from, '-q')).status).toBe(0)
})

test('a server without keywords gets the message without them', async () => {
  const mail = new MailStore()
  mail.append('INBOX', Buffer.from(letterOf('one')), { flags: [String.raw`\Seen`, 'later'] })
  const from = await mirrorOf(mail)
  const target = new MailStore()
  await using server = await serve(target, [
    { when: { command: / APPEND .*later/ }, action: { kind: 'answer', status: 'BAD', text: 'no keywords here' } },
  ])
  moveTo(from, server.port)
  expect(parsed((await restore(from, '--json')).stdout)).toMatchObject({ restored: 1, withoutKeywords: 1 })
  expect(target.mailbox('INBOX').messages.map(({ flags }) => flags)).toEqual([[String.raw`\Seen`]])
})

test('a keyword that no command can carry is left out, and that is said', async () => {
  const from = homeAt()
  const path = join(from.home, 'one.jsonl')
  const octets = Buffer.from(letterOf('one'))
  const placement = {
    account: 'ada',
    mailbox: 'INBOX',
    uidValidity: 1,
    uid: 1,
    flags: [],
    labels: [],
    internalDate: null,
    removedAt: null,
  }
  const line = {
    v: 1,
    id: 1,
    sha256: hash('sha256', octets),
    raw: octets.toString('base64'),
    placements: [{ ...placement, keywords: ['fine', 'not (fine'] }],
  }
  writeFileSync(path, `${JSON.stringify(line)}\n`)
  expect((await from.run('import', '-q', path)).status).toBe(0)
  const target = new MailStore()
  await using server = await serve(target)
  moveTo(from, server.port)
  const { status, stderr } = await restore(from)
  expect([status, stderr]).toEqual([
    0,
    expect.stringMatching(/1 message without keywords that the server does not take/),
  ])
  expect(target.mailbox('INBOX').messages.map(({ flags }) => flags)).toEqual([['fine']])
})

test('--dry-run says what is missing, and neither makes nor sends anything', async () => {
  const from = await mirrorOf(mailOf({ INBOX: some, Work: some.slice(0, 3) }))
  const target = mailOf({ INBOX: some.slice(0, 5) })
  await using server = await serve(target)
  moveTo(from, server.port)
  const { status, stdout } = await restore(from, '--dry-run', '--json')
  expect([status, parsed(stdout)]).toEqual([0, expect.objectContaining({ dryRun: true, restored: 10, present: 5 })])
  expect(server.commands.filter(({ line }) => / (?:APPEND|CREATE|SUBSCRIBE) /.test(line))).toEqual([])
  const own = join(from.home, 'bob.db')
  const bob = `[accounts.bob]\nemail = "bob@example.org"\nstore = ${JSON.stringify(own)}\n[accounts.bob.imap]\nhost = "127.0.0.1"\nport = ${server.port}\nsecurity = "none"\nuser = "ada"\npassword = { env = "ADA_PASSWORD" }\n[accounts.ada.smtp]\nhost = "x"\n`
  writeHome(from.home, server.port, bob)
  const other = await from.run('restore', 'account:ada', '--to', 'bob', '--dry-run', '--json')
  expect([other.status, parsed(other.stdout)]).toEqual([0, expect.objectContaining({ restored: 10, present: 5 })])
  expect(existsSync(own)).toBe(false)
})

test('mailboxes are made with the delimiter of the server, and hostile names are names', async () => {
  const from = await mirrorOf(
    mailOf({ 'Work/Plans v1.2': some.slice(0, 1), '"q\\"&': some.slice(1, 2), Entwürfe: some.slice(2, 3) }),
  )
  const target = new MailStore({ delimiter: '.' })
  await using server = await serve(target)
  moveTo(from, server.port)
  expect((await restore(from, '-q')).status).toBe(0)
  expect(
    target.mailboxes
      .filter(({ messages }) => messages.length > 0)
      .map(({ path }) => path)
      .toSorted(),
  ).toEqual(['"q\\"&', 'Entwürfe', 'Work.Plans v1_2'].toSorted())
  expect(parsed((await restore(from, '--json')).stdout)).toMatchObject({ restored: 0, present: 3 })
})

test('of several accounts only the own mail is restored, unless the query names another', async () => {
  const mail = mailOf({ INBOX: [letterOf('of ada')] })
  await using server = await serve(mail)
  const home = homeAt(server.port)
  const bob = `[accounts.bob]\nemail = "bob@example.org"\n[accounts.bob.imap]\nhost = "127.0.0.1"\nport = ${server.port}\nsecurity = "none"\nuser = "ada"\npassword = { env = "ADA_PASSWORD" }\n[accounts.ada.smtp]\nhost = "x"\n`
  writeHome(home.home, server.port, bob)
  expect((await home.run('sync', 'bob', '-q')).status).toBe(0)
  const target = new MailStore()
  await using other = await serve(target)
  writeHome(home.home, other.port, bob)
  expect((await restore(home, '-q')).status).toBe(0)
  expect(heldBy(target)).toEqual([])
  expect((await restore(home, 'account:bob', '-q')).status).toBe(0)
  expect(heldBy(target)).toHaveLength(1)
})

test('a rehearsal restores, mirrors back and compares, and asks no server of the config', async () => {
  const from = await fullMirror()
  moveTo(from, 1)
  const { status, stdout } = await from.run('restore', '--rehearse', '--json', '-larger:1M')
  expect(status).toBe(1)
  expect(parsed(stdout)).toMatchObject({
    restored: 20,
    rehearsal: { equal: 20, differences: [] },
  })
  const text = await from.run('restore', '--rehearse', 'in:Work*')
  expect([text.status, text.stderr]).toEqual([
    0,
    expect.stringMatching(/mirrored back and compared: 3 equal in octets, flags, keywords and date; no difference/),
  ])
})
