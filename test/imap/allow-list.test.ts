import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer, DemoServerOptions } from '../../src/demo/demo-server.ts'
import type { MailStore } from '../../src/demo/mail-store.ts'
import { sampleMail } from '../../src/demo/sample-mail.ts'
import { makeCertificate } from '../support/certificate.ts'
import { mailStoreState, mirrorState } from '../support/mirror-state.ts'
import { accountAt, password, runSync } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const set = String.raw`[\d:,*]+`
const section = String.raw`(?:HEADER\.FIELDS \([A-Z -]+\))?`
const item = String.raw`(?:UID|FLAGS|INTERNALDATE|RFC822\.SIZE|MODSEQ|EMAILID|THREADID|X-GM-MSGID|X-GM-THRID|X-GM-LABELS|BODY\.PEEK\[${section}\])`
const name = String.raw`(?:"(?:[^"\\]|\\.)*"|\{\d+\+?\})`

/** Rule 10: all that a sync may ever say to a server, F74 and F78 included. */
const allowed: readonly RegExp[] = [
  /^(?:CAPABILITY|NAMESPACE|NOOP|LOGOUT|STARTTLS|COMPRESS DEFLATE)$/,
  /^ID \("name" "mailmirror" "version" "[\d.]+"\)$/,
  /^ENABLE QRESYNC$/,
  /^(?:AUTHENTICATE PLAIN|LOGIN .*)$/,
  /^L(?:IST|SUB) "" "\*?"(?: RETURN \([A-Z -]*(?:STATUS \([A-Z ]+\))?[A-Z -]*\))?$/,
  new RegExp(String.raw`^STATUS ${name} \([A-Z ]+\)$`),
  new RegExp(String.raw`^EXAMINE ${name}(?: \((?:CONDSTORE|QRESYNC \(\d+ [1-9]\d*\))\))?$`),
  new RegExp(String.raw`^UID FETCH ${set} \(${item}(?: ${item})*\)(?: \(CHANGEDSINCE [1-9]\d*\))?$`),
  new RegExp(String.raw`^UID SEARCH (?:RETURN \(ALL\) )?(?:ALL|UID ${set}(?: LARGER \d+)?)$`),
]

const linesOf = ({ commands }: DemoServer): readonly string[] => commands.map(({ line }) => line.replace(/^\S+ /, ''))

const namesOf = (server: DemoServer): readonly string[] =>
  linesOf(server).map((line) => /^(?:UID )?\S+/.exec(line)?.[0] ?? '')

function expectAllowed(server: DemoServer): void {
  expect(linesOf(server).filter((line) => !allowed.some((pattern) => pattern.test(line)))).toEqual([])
  expect(linesOf(server).filter((line) => line.includes('BODY.PEEK[]')).length).toBeGreaterThan(3)
}

async function serve(store: MailStore, options: Partial<DemoServerOptions> = {}): Promise<DemoServer> {
  const server = await startDemoServer({ store, users: { ada: password }, ...options })
  onTestFinished(() => server.close())
  return server
}

const certificate = makeCertificate()

describe('rule 10, F74, F78, F81: a sync only reads, and whole messages', () => {
  test.each<readonly [string, Partial<DemoServerOptions>]>([
    ['that offers what most offer', {}],
    ['with QRESYNC', { extensions: { QRESYNC: true } }],
    ['with OBJECTID', { extensions: { OBJECTID: true } }],
    ['like Gmail', { extensions: { 'X-GM-EXT-1': true, 'LIST-STATUS': false } }],
    [
      'that offers next to nothing',
      {
        extensions: {
          CONDSTORE: false,
          'LIST-STATUS': false,
          'SPECIAL-USE': false,
          ENABLE: false,
          'LITERAL+': false,
          NAMESPACE: false,
          ID: false,
          'SASL-IR': false,
        },
      },
    ],
    [
      'that cannot search',
      { faults: [{ when: { command: /SEARCH/ }, action: { kind: 'answer', status: 'BAD', text: 'no' } }] },
    ],
    [
      'that loses connections and messages',
      {
        faults: [
          { when: { command: /FETCH/, nth: 2 }, action: { kind: 'close', how: 'rst', when: 'before' } },
          { when: { command: /FETCH/, nth: 4 }, action: { kind: 'body-nil', uids: [1, 2] } },
          { when: { command: /EXAMINE/, nth: 5 }, action: { kind: 'answer', status: 'NO', text: 'not now' } },
        ],
      },
    ],
    ['that wants STARTTLS', { tls: certificate, extensions: { STARTTLS: true, LOGINDISABLED: true } }],
  ])('every command to a server %s is on the list', async (_name, options) => {
    const store = sampleMail()
    const before = mailStoreState(store)
    const server = await serve(store, options)
    const storePath = join(temporaryDirectory(), 'mail.db')
    const { fingerprint } = certificate
    const secure = options.tls === undefined ? {} : ({ server: { security: 'starttls', fingerprint } } as const)
    const accounts = [accountAt(server.port, secure)]
    await runSync({ accounts, storePath })
    expect(mailStoreState(store)).toEqual(before)
    store.setFlags('INBOX', 1, [String.raw`\Flagged`])
    store.expunge('INBOX', [2])
    store.append('INBOX', Buffer.from('Subject: new\r\n\r\n'))
    await runSync({ accounts, storePath })
    store.setUidValidity('Sent', 1_900_000_000)
    await runSync({ accounts, storePath, full: true })
    expectAllowed(server)
    expect(mirrorState(storePath)).toEqual(mailStoreState(store))
  })
})

describe('F71 commands are few', () => {
  test('a run in which nothing has changed takes a login, one LIST and a LOGOUT', async () => {
    const server = await serve(sampleMail())
    const options = { accounts: [accountAt(server.port)], storePath: join(temporaryDirectory(), 'mail.db') }
    await runSync(options)
    const before = server.commands.length
    await runSync(options)
    expect(namesOf(server).slice(before)).toEqual(['ID', 'AUTHENTICATE', 'NAMESPACE', 'LIST', 'LOGOUT'])
  })

  test('without LIST-STATUS it takes at most one or two commands a mailbox besides', async () => {
    const store = sampleMail()
    const server = await serve(store, { extensions: { 'LIST-STATUS': false } })
    const options = { accounts: [accountAt(server.port)], storePath: join(temporaryDirectory(), 'mail.db') }
    await runSync(options)
    const before = server.commands.length
    await runSync(options)
    const selectable = store.mailboxes.filter(({ attributes }) => attributes.selectable).length
    expect(server.commands.length - before).toBeLessThanOrEqual(2 * 5 + 2 * selectable)
    expect(namesOf(server).slice(before)).not.toContain('UID FETCH')
  })

  test('a first run takes three commands a mailbox that fits into one batch', async () => {
    const store = sampleMail()
    const server = await serve(store)
    await runSync({ accounts: [accountAt(server.port)], storePath: join(temporaryDirectory(), 'mail.db') })
    const mailboxes = store.mailboxes.filter(({ attributes }) => attributes.selectable).length
    expect(server.commands.length).toBeLessThanOrEqual(2 * 4 + 1 + 3 * mailboxes)
  })

  test('many messages take a command for some hundreds of them', async () => {
    const store = sampleMail()
    for (let number = 0; number < 5000; number++) store.append('To read', Buffer.from(`Subject: ${number}\r\n\r\n`))
    const server = await serve(store)
    await runSync({ accounts: [accountAt(server.port)], storePath: join(temporaryDirectory(), 'mail.db') })
    const fetches = namesOf(server).filter((command) => command === 'UID FETCH')
    const mailboxes = store.mailboxes.filter(({ attributes }) => attributes.selectable).length
    expect(fetches.length).toBeLessThanOrEqual(mailboxes + 5000 / 200)
  })

  test('one flag, one expunge and one new message take a handful of commands', async () => {
    const store = sampleMail()
    const server = await serve(store)
    const options = { accounts: [accountAt(server.port)], storePath: join(temporaryDirectory(), 'mail.db') }
    await runSync(options)
    const before = server.commands.length
    store.setFlags('INBOX', 1, [String.raw`\Flagged`])
    store.expunge('INBOX', [2])
    store.append('INBOX', Buffer.from('Subject: new\r\n\r\n'))
    await runSync(options)
    expect(mirrorState(options.storePath)).toEqual(mailStoreState(store))
    expect(server.commands.length - before).toBeLessThanOrEqual(5 + 5)
  })
})
