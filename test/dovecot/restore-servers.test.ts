import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { withWireEnds } from '../../src/export/local-fields.ts'
import { nastyMessages } from '../export/nasty-messages.ts'
import { startCourier } from '../servers/courier.ts'
import { startCyrus } from '../servers/cyrus.ts'
import { startDovecot } from '../servers/dovecot.ts'
import type { MailServer } from '../servers/mail-server.ts'
import { readServer } from '../servers/read-server.ts'
import type { ServerMessage } from '../servers/read-server.ts'
import { withoutServers } from '../servers/unpacked.ts'
import { withoutDovecot } from '../servers/without-dovecot.ts'
import { mailOf, mirrorOf, parsed } from '../support/mirrored-home.ts'
import { runCommand, writeHome } from '../support/run-command.ts'

interface Kind {
  readonly name: string
  readonly isMissing: boolean
  readonly start: () => Promise<Pick<MailServer, 'port' | 'password'> & AsyncDisposable>
  /** Of mailboxes beside INBOX. */
  readonly prefix: string
}

const kinds: readonly Kind[] = [
  { name: 'Dovecot', isMissing: withoutDovecot, start: () => startDovecot(), prefix: '' },
  { name: 'Cyrus', isMissing: withoutServers, start: startCyrus, prefix: '' },
  { name: 'Courier', isMissing: withoutServers, start: startCourier, prefix: 'INBOX.' },
]

const date = '05-Mar-2024 10:00:00 +0530'
const flags = [String.raw`\Answered`, String.raw`\Seen`, 'later']
const letter = (subject: string): string =>
  `Message-ID: <${subject}@example.org>\r\nFrom: ada@example.org\r\nSubject: ${subject}\r\n\r\nFrom here\r\n`

/** Mail that every server keeps as it is. */
const messages = [
  ...nastyMessages.filter((octets) => isKept(octets)),
  ...['one', 'two'].map((text) => Buffer.from(letter(text))),
]
/** Mail that one of them changes: it completes lines, or replaces octets of a header. */
const changed = nastyMessages.filter((octets) => isMail(octets) && !isKept(octets))

function isMail(octets: Buffer): boolean {
  const text = withWireEnds(octets).toString('latin1')
  return text.startsWith('Subject: ') && text.includes('\r\n\r\n') && !text.includes('\0') && !/\r(?!\n)/.test(text)
}

function isKept(octets: Buffer): boolean {
  const text = octets.toString('latin1')
  return isMail(octets) && text.endsWith('\n') && !/^Subject: .*[\u0080-\u00ff]/.test(text)
}

const describeMessage = ({ mailbox, sha256, flags: own, internalDateSeconds }: ServerMessage): string =>
  [mailbox, sha256, own.filter((flag) => flag !== 'NonJunk').join(' '), internalDateSeconds].join('|')

describe.each(kinds)('$name', ({ isMissing, start, prefix }) => {
  test.skipIf(isMissing)(
    'F99 gets all messages with flags, keywords and dates, in new mailboxes, and nothing twice',
    async () => {
      const mail = mailOf({ 'Work/Plans': [], Entwürfe: [], Changed: changed })
      for (const [index, octets] of messages.entries()) {
        mail.append('INBOX', octets, { flags: index % 2 === 0 ? flags : [], internalDate: date })
      }
      mail.append('Work/Plans', Buffer.from(letter('plans')), { flags: [String.raw`\Flagged`], internalDate: date })
      mail.append('Entwürfe', Buffer.from(letter('draft')), { flags: [String.raw`\Draft`], internalDate: date })
      const { home, config } = await mirrorOf(mail)
      await using server = await start()
      writeHome(home, server.port)
      const restore = async () =>
        runCommand(['-c', config, 'restore', '--to', 'ada', '--json'], { ADA_PASSWORD: server.password })
      const first = await restore()
      expect([first.status, parsed(first.stdout)['failed']]).toEqual([0, []])
      expect(parsed(first.stdout)).toMatchObject({ restored: messages.length + changed.length + 2, withoutKeywords: 0 })
      const truth = await readServer(server.port, 'ada', server.password)
      const seconds = Date.parse('2024-03-05T04:30:00Z') / 1000
      const place = (mailbox: string, octets: Buffer, own: readonly string[]): string =>
        [mailbox, hash('sha256', withWireEnds(octets)), own.toSorted().join(' '), seconds].join('|')
      const plans = prefix === '' ? 'Work/Plans' : `${prefix}Work.Plans`
      const delimited = truth.mailboxes.some(({ mailbox }) => mailbox === 'Work.Plans') ? 'Work.Plans' : plans
      const kept = truth.messages.filter(({ mailbox }) => mailbox !== `${prefix}Changed`)
      expect(truth.messages.length - kept.length).toBe(changed.length)
      expect(kept.map(describeMessage).toSorted()).toEqual(
        [
          ...messages.map((octets, index) => place('INBOX', octets, index % 2 === 0 ? flags : [])),
          place(delimited, Buffer.from(letter('plans')), [String.raw`\Flagged`]),
          place(`${prefix}Entw&APw-rfe`, Buffer.from(letter('draft')), [String.raw`\Draft`]),
        ].toSorted(),
      )
      const again = await restore()
      expect([again.status, parsed(again.stdout)]).toEqual([
        0,
        expect.objectContaining({ restored: 0, present: messages.length + changed.length + 2 }),
      ])
      expect(await readServer(server.port, 'ada', server.password)).toEqual(truth)
    },
    60_000,
  )
})
