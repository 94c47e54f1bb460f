import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startCourier } from '../servers/courier.ts'
import { startCyrus } from '../servers/cyrus.ts'
import { openMailClient } from '../servers/mail-client.ts'
import type { MailClient } from '../servers/mail-client.ts'
import type { MailServer } from '../servers/mail-server.ts'
import { startMailutils } from '../servers/mailutils.ts'
import { withoutServers } from '../servers/unpacked.ts'
import { mirrorState } from '../support/mirror-state.ts'
import type { MailboxesState } from '../support/mirror-state.ts'
import { accountAt, imapSource, runSync } from '../support/run-sync.ts'
import type { RunOptions, RunOutcome } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { serverState } from './server-state.ts'

interface Kind {
  readonly name: string
  readonly start: () => Promise<MailServer>
  /** Of mailboxes beside INBOX. */
  readonly prefix: string
  readonly hasMove: boolean
  /** How many mailboxes download something after a message was moved and one copied. */
  readonly movesCost: number
  /** And after a mailbox was renamed: Courier gives it a new UIDVALIDITY, and mailutils' dates prove nothing. */
  readonly renameCosts: number
  /** mailutils says what time it is. */
  readonly hasInternalDates: boolean
}

const kinds: readonly Kind[] = [
  { name: 'Cyrus', start: startCyrus, prefix: '', hasMove: true, movesCost: 0, renameCosts: 0, hasInternalDates: true },
  {
    name: 'Courier',
    start: startCourier,
    prefix: 'INBOX.',
    hasMove: false,
    movesCost: 1,
    renameCosts: 1,
    hasInternalDates: true,
  },
  {
    name: 'mailutils',
    start: startMailutils,
    prefix: '',
    hasMove: false,
    movesCost: 1,
    renameCosts: 1,
    hasInternalDates: false,
  },
]

const oldDate = new Date('2001-09-09T01:46:40Z')
const seen = String.raw`\Seen`
const flagged = String.raw`\Flagged`

const letter = (subject: string, body = 'Regards,\r\nAda\r\n'): Buffer =>
  Buffer.from(
    `Message-ID: <${subject.replaceAll(' ', '.')}@example.org>\r\nFrom: Ada <ada@example.org>\r\nSubject: ${subject}\r\n\r\n${body}`,
  )

async function fill(client: MailClient, { prefix }: Kind): Promise<void> {
  await client.append('INBOX', [
    { octets: letter('plain'), flags: [seen], internalDate: oldDate },
    { octets: Buffer.concat([letter('8-bit'), Buffer.from([0xe9, 0x0d, 0x0a])]) },
    { octets: letter('long line', `${'x'.repeat(100_000)}\r\n`), flags: [flagged] },
    { octets: letter('separator', 'From here on\r\n>From there\r\n') },
  ])
  for (const name of ['Archive', 'Empty', 'Entw&APw-rfe', 'Tom &- Jerry']) await client.create(`${prefix}${name}`)
  await client.append(
    `${prefix}Archive`,
    Array.from({ length: 120 }, (_, index) => ({ octets: letter(`trip ${index}`), internalDate: oldDate })),
  )
  await client.append(`${prefix}Entw&APw-rfe`, [{ octets: letter('draft') }])
  // mailutils keeps a UIDVALIDITY only of mailboxes that were once selected.
  for (const name of ['INBOX', ...['Archive', 'Empty', 'Entw&APw-rfe', 'Tom &- Jerry'].map((one) => prefix + one)]) {
    await client.select(name)
    await client.command('CLOSE')
  }
}

async function expectSame(server: MailServer, storePath: string, { hasInternalDates }: Kind): Promise<void> {
  const comparable = (state: MailboxesState): MailboxesState =>
    hasInternalDates
      ? state
      : Object.fromEntries(Object.entries(state).map(([key, value]) => [key, { ...value, internalDate: undefined }]))
  expect(comparable(mirrorState(storePath))).toEqual(comparable(await serverState(server, server.user)))
}

/** The mirror is what Python sees on the server; twice is the same as once. */
async function expectEqual(server: MailServer, options: RunOptions, kind: Kind): Promise<RunOutcome> {
  const outcome = await runSync(options)
  expect(outcome.result.accounts[0]?.error).toBeUndefined()
  expect(outcome.result.accounts[0]?.mailboxes.filter(({ complete }) => !complete)).toEqual([])
  await expectSame(server, options.storePath, kind)
  const again = await runSync(options)
  expect(again.result.complete).toBe(true)
  expect(again.events.filter(({ type }) => type === 'batch-started')).toEqual([])
  await expectSame(server, options.storePath, kind)
  return outcome
}

const downloads = ({ result }: RunOutcome): number =>
  result.accounts.flatMap(({ mailboxes }) => mailboxes).filter(({ downloadedOctets }) => downloadedOctets > 0).length

describe.skipIf(withoutServers).each(kinds)('F110 a mirror of $name', (kind) => {
  test('is equal octet by octet after each kind of change (F42, F49, F65, F66)', async () => {
    await using server = await kind.start()
    await using client = await openMailClient(server)
    await fill(client, kind)
    const { user } = server
    const account = accountAt(server.port, { server: { user } })
    const options = {
      accounts: [account],
      storePath: join(temporaryDirectory(), 'mail.db'),
      source: imapSource(undefined, server.password),
    }
    await expectEqual(server, options, kind)

    // One flag of the oldest, one expunge and one message more in the same mailbox: the count stays.
    await client.select(`${kind.prefix}Archive`)
    await client.addFlags('1', [flagged])
    await client.expunge('7')
    await client.append(`${kind.prefix}Archive`, [{ octets: letter('as many as before') }])
    await client.select('INBOX')
    await client.removeFlags('1', [seen])
    await expectEqual(server, options, kind)
    expect(Object.keys(mirrorState(options.storePath, 'removed'))).toHaveLength(1)

    await client.select('INBOX')
    await client.copy('1', `${kind.prefix}Entw&APw-rfe`)
    if (kind.hasMove) await client.move('3', `${kind.prefix}Entw&APw-rfe`)
    expect(downloads(await expectEqual(server, options, kind))).toBe(kind.movesCost)

    await client.select('INBOX')
    await client.rename(`${kind.prefix}Archive`, `${kind.prefix}Attic`)
    await client.deleteMailbox(`${kind.prefix}Tom &- Jerry`)
    const renamed = await expectEqual(server, options, kind)
    expect(downloads(renamed)).toBe(kind.renameCosts)
  })
})
