import { join } from 'node:path'
import { expect } from 'vitest'
import { createImapSource } from '../../src/imap/imap-source.ts'
import type { MailSource } from '../../src/sync/ports.ts'
import { startCourier } from '../servers/courier.ts'
import { startCyrus } from '../servers/cyrus.ts'
import { startDovecot } from '../servers/dovecot.ts'
import { faultKinds, faultPlaces, FaultProxy } from '../servers/fault-proxy.ts'
import type { Fault, FaultKind, FaultPlace } from '../servers/fault-proxy.ts'
import { openMailClient } from '../servers/mail-client.ts'
import type { MailServer } from '../servers/mail-server.ts'
import { startMailutils } from '../servers/mailutils.ts'
import { mirrorState } from '../support/mirror-state.ts'
import type { MailboxesState } from '../support/mirror-state.ts'
import { accountAt, runSync } from '../support/run-sync.ts'
import type { RunOptions, RunOutcome } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { expectStatement } from '../sync/statement.ts'
import { serverState } from './server-state.ts'
import { fixedPassword } from '../support/fixed-password.ts'

export interface MatrixServer {
  readonly name: string
  readonly start: () => Promise<MailServer>
  /** Of mailboxes beside INBOX. */
  readonly prefix: string
  readonly hasInternalDates: boolean
}

export const matrixServers: readonly MatrixServer[] = [
  {
    name: 'Dovecot',
    start: async () => {
      const server = await startDovecot()
      return { ...server, user: 'ada' }
    },
    prefix: '',
    hasInternalDates: true,
  },
  { name: 'Cyrus', start: startCyrus, prefix: '', hasInternalDates: true },
  { name: 'Courier', start: startCourier, prefix: 'INBOX.', hasInternalDates: true },
  { name: 'mailutils', start: startMailutils, prefix: '', hasInternalDates: false },
]

/** Kinds that put other octets in the place of the server's. On a connection without TLS nobody can see that where the octets
 *  could have been the server's: in the middle of a message, or in a flag, a date, a count. */
const forging: ReadonlySet<FaultKind> = new Set(['truncate', 'duplicate', 'corrupt', 'inject', 'replace'])

export const allFaults: readonly Fault[] = faultKinds.flatMap((kind) =>
  faultPlaces.flatMap((place) => [1, 3].map((times) => ({ kind, place, times }))),
)

/** Each kind and each place at least once, paired anew for each seed. */
export function someFaults(seed: number): readonly Fault[] {
  return faultKinds.map((kind, index) => ({
    kind,
    place: placeAt(index * 5 + seed),
    times: (index + seed) % 2 === 0 ? 1 : 3,
  }))
}

function placeAt(index: number): FaultPlace {
  return faultPlaces[index % faultPlaces.length] ?? 'greeting'
}

const letter = (subject: string, body = 'Regards,\r\nAda\r\n'): Buffer =>
  Buffer.from(
    `Message-ID: <${subject}@example.org>\r\nFrom: Ada <ada@example.org>\r\nSubject: ${subject}\r\n\r\n${body}`,
  )

/** A server with mail, a proxy before it, and what an independent reader sees on it. */
export interface MatrixStage extends AsyncDisposable {
  readonly server: MailServer
  readonly proxy: FaultProxy
  readonly truth: MailboxesState
  readonly hasInternalDates: boolean
}

export async function openMatrixStage({ start, prefix, hasInternalDates }: MatrixServer): Promise<MatrixStage> {
  const server = await start()
  await using client = await openMailClient(server)
  await client.append(
    'INBOX',
    Array.from({ length: 12 }, (_, index) => ({ octets: letter(`in-${index}`, `${'x'.repeat(index * 300)}\r\n`) })),
  )
  await client.create(`${prefix}Archive`)
  await client.append(`${prefix}Archive`, [
    { octets: letter('old'), flags: [String.raw`\Seen`], internalDate: new Date('2001-09-09T01:46:40Z') },
    { octets: letter('older'), flags: [String.raw`\Flagged`] },
  ])
  // mailutils keeps a UIDVALIDITY only of mailboxes that were once selected.
  for (const name of ['INBOX', `${prefix}Archive`]) {
    await client.select(name)
    await client.command('CLOSE')
  }
  const proxy = await FaultProxy.open(server.port)
  const close = async (): Promise<void> => {
    await proxy[Symbol.asyncDispose]()
    await server.stop()
  }
  const truth = await serverState(server, server.user)
  return { server, proxy, truth, hasInternalDates, [Symbol.asyncDispose]: close }
}

/** A first sync meets the fault, then two meet none. Returns how often it happened. */
export async function expectToSurvive(stage: MatrixStage, fault: Fault): Promise<number> {
  const { proxy, server } = stage
  const options: RunOptions = {
    accounts: [accountAt(proxy.port, { connections: 1, server: { user: server.user } })],
    storePath: join(temporaryDirectory(), 'mail.db'),
    source: impatientSource(server.password),
  }
  proxy.plan(fault)
  const spoiled = await runSync(options)
  const { fired } = proxy
  proxy.plan(undefined)
  expectStatement(spoiled.result)
  const isForged = forging.has(fault.kind)
  // No run in between is complete while something is missing.
  if (spoiled.result.complete && !isForged) expectEqual(stage, options.storePath)
  const clean = await runSync({ ...options, full: isForged })
  expect(clean.result.complete).toBe(true)
  if (isForged) expectAlike(stage, options.storePath)
  else expectEqual(stage, options.storePath)
  expect(bodiesIn(await runSync(options))).toBe(0)
  return fired
}

function expectEqual(stage: MatrixStage, storePath: string): void {
  expect(comparable(mirrorState(storePath), stage)).toEqual(comparable(stage.truth, stage))
}

/** All that is there, with at most one message for each fault whose octets or date were forged on their way. */
function expectAlike(stage: MatrixStage, storePath: string): void {
  const [mirror, truth] = [comparable(mirrorState(storePath), stage), comparable(stage.truth, stage)]
  expect(Object.keys(mirror).toSorted()).toEqual(Object.keys(truth).toSorted())
  const forged = Object.keys(truth).filter((key) => JSON.stringify(mirror[key]) !== JSON.stringify(truth[key]))
  expect(forged.length).toBeLessThanOrEqual(3)
}

function comparable(state: MailboxesState, { hasInternalDates }: MatrixStage): MailboxesState {
  if (hasInternalDates) return state
  return Object.fromEntries(Object.entries(state).map(([key, value]) => [key, { ...value, internalDate: undefined }]))
}

function impatientSource(password: string): MailSource {
  return createImapSource({
    secrets: fixedPassword(password),
    version: '0.0.0',
    connectTimeoutMs: 700,
    patience: { silenceMs: 700, stallMs: 2500 },
  })
}

const bodiesIn = ({ result }: RunOutcome): number =>
  result.accounts.flatMap(({ mailboxes }) => mailboxes).reduce((sum, { downloadedOctets }) => sum + downloadedOctets, 0)
