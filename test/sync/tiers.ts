import * as fc from 'fast-check'
import { expect } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer } from '../../src/demo/demo-server.ts'
import type { ExtensionSwitches } from '../../src/demo/extensions.ts'
import type { MailStore } from '../../src/demo/mail-store.ts'
import { MemoryMirrorStore } from '../support/memory-mirror-store.ts'
import { mailStoreState } from '../support/mirror-state.ts'
import type { MailboxesState } from '../support/mirror-state.ts'
import { accountAt, password, runSync } from '../support/run-sync.ts'
import type { RunOutcome } from '../support/run-sync.ts'
import { happen } from './history.ts'
import type { Happening } from './history.ts'
import { emptyServer, fill } from './letters.ts'
import { expectCounts, expectStatement } from './statement.ts'
import { expectOnlyReading, WireLog } from './wire-log.ts'

interface Setting {
  readonly extensions: ExtensionSwitches
  /** What the account's own config switches off. */
  readonly disable?: readonly string[]
}

/** Every extension that decides how a mailbox is brought up to date, switched off in turn: by the server, or by the owner. */
const settings: Readonly<Record<string, Setting>> = {
  everything: { extensions: { QRESYNC: true } },
  'no QRESYNC': { extensions: {} },
  'no CONDSTORE': { extensions: { CONDSTORE: false } },
  'no LIST-STATUS': { extensions: { QRESYNC: true, 'LIST-STATUS': false } },
  nothing: { extensions: { CONDSTORE: false, 'LIST-STATUS': false, ENABLE: false } },
  'QRESYNC disabled': { extensions: { QRESYNC: true }, disable: ['QRESYNC'] },
  'CONDSTORE disabled': { extensions: { QRESYNC: true }, disable: ['CONDSTORE'] },
  'LIST-STATUS disabled': { extensions: { QRESYNC: true }, disable: ['LIST-STATUS'] },
  'everything and OBJECTID': { extensions: { QRESYNC: true, OBJECTID: true } },
}

/** One mirror of the common mail. */
interface Mirror {
  readonly name: string
  readonly setting: Setting
  readonly server: DemoServer
  readonly wire: WireLog
  readonly store: MemoryMirrorStore
}

/** The mail that all servers serve, and a mirror of it for each setting. */
async function withMirrors(use: (mail: MailStore, mirrors: readonly Mirror[]) => Promise<void>): Promise<void> {
  const mail = startingMail()
  const mirrors: Mirror[] = []
  try {
    for (const [name, setting] of Object.entries(settings)) {
      const { extensions } = setting
      const server = await startDemoServer({ store: mail, users: { ada: password }, extensions })
      mirrors.push({ name, setting, server, wire: new WireLog(server), store: new MemoryMirrorStore() })
    }
    await use(mail, mirrors)
  } finally {
    for (const { server } of mirrors) await server.close()
  }
}

function startingMail(): MailStore {
  const mail = emptyServer()
  fill(mail, 'INBOX', 14)
  for (const [path, messages] of [
    ['Archive/2024', 5],
    ['Sent', 2],
    ['Lists', 0],
  ] as const) {
    mail.createMailbox(path)
    fill(mail, path, messages)
  }
  return mail
}

/** What happens between two runs, several times. */
export type History = readonly (readonly Happening[])[]

/** Whatever happens, each mirror equals the server after every run, and so all equal each other, also in what they keep
 *  of the past. Returns the tiers and commands that were made use of. */
export async function expectToConverge(history: History): Promise<readonly string[]> {
  const used = new Set<string>()
  await withMirrors(async (mail, mirrors) => {
    for (const happenings of [[], ...history]) {
      for (const happening of happenings) happen(mail, happening)
      for (const mirror of mirrors) for (const use of await expectSynced(mirror, mail)) used.add(use)
      expectAlike(mirrors)
    }
    for (const mirror of mirrors) {
      await expectSynced(mirror, mail)
      expect({ ...namesOf(mirror), bodies: mirror.wire.bodies }).toEqual({ ...namesOf(mirror), bodies: 0 })
    }
  })
  return [...used]
}

const namesOf = ({ name }: Mirror): { readonly name: string } => ({ name })

async function expectSynced(mirror: Mirror, mail: MailStore): Promise<readonly string[]> {
  const { name, setting, server, wire, store } = mirror
  wire.restart()
  const account = accountAt(server.port, { disable: setting.disable ?? [] })
  const { result, events } = await runSync({ accounts: [account], storePath: name, store })
  expect({ name, state: stateOf(store, false) }).toEqual({ name, state: mailStoreState(mail) })
  expectStatement(result)
  expectCounts(result, mail)
  expect({ name, complete: result.complete }).toEqual({ name, complete: true })
  // Nothing went wrong: a second listing of a mailbox would mean that the first was not what it should be.
  const begun = events.flatMap((event) => (event.type === 'mailbox-started' ? [event.mailbox] : []))
  expect({ name, begun }).toEqual({ name, begun: [...new Set(begun)] })
  expectOnlyReading(wire)
  return [...tiersIn(events), ...(wire.commands.some(({ line }) => / EXAMINE .*QRESYNC/.test(line)) ? ['resync'] : [])]
}

const tiersIn = (events: RunOutcome['events']): readonly string[] =>
  events.flatMap((event) => (event.type === 'mailbox-planned' ? [event.tier] : []))

/** All have removed the same, and logged the same changes. */
function expectAlike([first, ...others]: readonly Mirror[]): void {
  for (const other of others) {
    expect({ ...namesOf(other), past: first && pastOf(first) }).toEqual({ ...namesOf(other), past: pastOf(other) })
  }
}

function pastOf({ store }: Mirror): unknown {
  const changes = store.inspect().changes.map((change) => Object.values(change).join(' '))
  return { removed: stateOf(store, true), changes: changes.toSorted() }
}

/** In the form of `mailStoreState`; names are ASCII here, and the same on the wire. */
function stateOf(store: MemoryMirrorStore, removed: boolean): MailboxesState {
  const entries = store.inspect().mailboxes.flatMap(({ path, epochs }) =>
    epochs.flatMap(({ uidValidity, placements }) =>
      placements
        .filter((placement) => placement.removed === removed)
        .map(({ uid, sha256, flags, keywords, seconds }) => {
          const state = { sha256, flags: [...flags, ...keywords].toSorted(), internalDate: seconds }
          return [`${path}/${uidValidity}/${uid}`, state] as const
        }),
    ),
  )
  return Object.fromEntries(entries)
}

/** Histories whose runs are far enough apart for anything to happen in between. */
export const histories = (happening: fc.Arbitrary<Happening>): fc.Arbitrary<History> =>
  fc.array(fc.array(happening, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 4 })
