import * as fc from 'fast-check'
import type { FaultAction, FaultRule } from '../../src/demo/faults.ts'
import type { MailStore } from '../../src/demo/mail-store.ts'
import type { ExtensionSwitches } from '../../src/demo/extensions.ts'
import { expectRecovery, FaultStage } from './fault-stage.ts'
import { emptyServer, fill, flagged, letter } from './letters.ts'

const commands = [
  /^GREETING/,
  / AUTHENTICATE /,
  / LIST /,
  / EXAMINE /,
  / STATUS /,
  / UID SEARCH /,
  / UID FETCH /,
  /BODY\.PEEK/,
  /./,
]
const few = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
const ending = fc.constantFrom('fin', 'rst')

const action: fc.Arbitrary<FaultAction> = fc.oneof(
  fc.record({
    kind: fc.constant('answer'),
    status: fc.constantFrom('NO', 'BAD', 'OK'),
    text: fc.constantFrom('no', '[UNAVAILABLE] later', '[NONEXISTENT] what?', '[THROTTLED] slow down', 'done'),
  }),
  fc.record({
    kind: fc.constant('completion'),
    text: fc.constantFrom('NO in the end', 'OK [EXPUNGEISSUED] gone', 'BAD no'),
  }),
  fc.record({ kind: fc.constant('bye'), text: fc.constantFrom('maintenance', 'Too many connections') }),
  fc.record({ kind: fc.constant('close'), how: ending, when: fc.constantFrom('before', 'after') }),
  fc.record({ kind: fc.constant('cut'), how: ending, afterOctets: fc.integer({ min: 0, max: 9000 }) }),
  fc.record({
    kind: fc.constant('inject'),
    lines: fc.constantFrom(['* 3 EXISTS'], ['* OK [ALERT] hm', '* 1 EXPUNGE'], ['nonsense']),
  }),
  fc.record({ kind: fc.constantFrom('omit-rows', 'body-nil', 'body-absent'), uids: few }),
  // Rows of messages that exist, with flags that are wrong, are lies that nobody can see through.
  fc.record({ kind: fc.constant('foreign-rows'), uids: fc.constant([901, 902]) }),
  fc.record({ kind: fc.constant('literal-length'), by: fc.integer({ min: -400, max: 3 }), uids: few }),
  fc.record({ kind: fc.constant('size'), by: fc.integer({ min: -10, max: 10 }) }),
  fc.record({ kind: fc.constant('shuffle-rows') }),
  fc.record({ kind: fc.constant('exists'), by: fc.integer({ min: -5, max: 5 }) }),
  fc.record({
    kind: fc.constant('field'),
    field: fc.constantFrom('MESSAGES', 'UIDNEXT', 'UIDVALIDITY', 'HIGHESTMODSEQ'),
    value: fc.constantFrom(undefined, '0', '1', '4711'),
  }),
)

/** What another client does at some command. */
const disturbance = fc.constantFrom('append', 'expunge', 'flags', 'rename', 'delete', 'uidvalidity')

export interface Chaos {
  readonly faults: readonly FaultRule[]
  readonly disturbances: readonly { readonly what: string; readonly at: number }[]
  readonly extensions: ExtensionSwitches
  readonly connections: number
}

const fault = fc.record({
  when: fc.record({ command: fc.constantFrom(...commands), nth: fc.integer({ min: 1, max: 6 }) }),
  times: fc.constantFrom(1, 2, 5, 1000),
  action,
})

export const chaos: fc.Arbitrary<Chaos> = fc.record({
  faults: fc.array(fault, { minLength: 1, maxLength: 4 }),
  disturbances: fc.array(fc.record({ what: disturbance, at: fc.integer({ min: 1, max: 30 }) }), { maxLength: 4 }),
  extensions: fc.record({ CONDSTORE: fc.boolean(), 'LIST-STATUS': fc.boolean(), QRESYNC: fc.boolean() }),
  connections: fc.integer({ min: 1, max: 3 }),
})

function crowdedServer(): MailStore {
  const store = emptyServer()
  for (const [path, messages] of [
    ['INBOX', 40],
    ['Archive/2024', 25],
    ['Sent', 3],
    ['Lists/tea', 12],
    ['Lists/bread', 1],
  ] as const) {
    if (path !== 'INBOX') store.createMailbox(path)
    fill(store, path, messages)
  }
  return store
}

function disturb(store: MailStore, what: string, turn: number): void {
  const has = (path: string): boolean =>
    store.mailboxes.some((mailbox) => mailbox.path === path && mailbox.attributes.selectable)
  if (what === 'append') store.append('INBOX', letter(`arrived in turn ${turn}`))
  if (what === 'expunge') store.expunge('INBOX', [turn, turn + 1])
  if (what === 'flags') store.setFlags('INBOX', [turn, 40 - turn], [flagged, `$turn${turn}`])
  if (what === 'rename' && has('Sent')) store.rename('Sent', `Sent in ${turn}`)
  if (what === 'delete' && has('Lists/bread')) store.deleteMailbox('Lists/bread')
  if (what === 'uidvalidity' && has('Lists/tea')) store.setUidValidity('Lists/tea', 5000 + turn)
}

/** A single change that the server leaves out of those since a modseq is seen by the next full comparison only (F41). */
function visible(rule: FaultRule): FaultRule {
  if (rule.action.kind !== 'omit-rows') return rule
  return {
    ...rule,
    when: { ...rule.when, command: new RegExp(`^(?!.*(?:CHANGEDSINCE|QRESYNC)).*?(?:${rule.when.command?.source})`) },
  }
}

/** Two runs with everything going wrong end by themselves with sound statements; then the common oracle holds. */
export async function expectToSurvive({ faults, disturbances, extensions, connections }: Chaos): Promise<void> {
  const store = crowdedServer()
  await using stage = await FaultStage.open(store, { extensions, account: { connections } })
  for (const [index, { what, at }] of disturbances.entries()) {
    const run = (): void => disturb(store, what, at + index)
    stage.server.faults.add({ when: { command: /./, nth: at }, action: { kind: 'run', run } })
  }
  for (const rule of faults) stage.server.faults.add(visible(rule))
  const patience = { silenceMs: 500, stallMs: 2000 }
  await stage.syncMeanwhile({ patience })
  await stage.syncMeanwhile({ patience })
  stage.server.faults.clear()
  await expectRecovery(stage)
}
