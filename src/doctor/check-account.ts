import type { Account, SecretSource } from '../model/account.ts'
import { formatOctets } from '../model/format-octets.ts'
import type { ListedMailbox } from '../model/mailbox.ts'
import { allowedConnections, dailyBudget, providerOf } from '../model/provider.ts'
import { filterAdmits } from '../model/select.ts'
import { syncedMailboxes } from './check-mirror.ts'
import { findingsOf } from './finding.ts'
import type { Finding } from './finding.ts'
import type { DoctorPorts, FoundPlace, MirrorLook, ProbedConnection, RememberedServer, StoreLook } from './ports.ts'
import { countOf } from './quantities.ts'

/** The password can be had; it is not shown. */
export async function checkPassword(
  ports: DoctorPorts,
  account: Account,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  await ports.askPassword(account, signal)
  const { password } = account.imap
  return [findingsOf('password').good(`it can be had${password === undefined ? '' : ` from ${placeOf(password)}`}`)]
}

function placeOf(source: SecretSource): string {
  const kind: string = source.kind
  if ('path' in source) return `the file ${source.path}`
  if ('argv' in source) return `the command ${source.argv[0]}`
  return 'name' in source ? `the environment variable ${source.name}` : `the ${kind}`
}

/** What the mirror makes of an extension. */
const uses: readonly (readonly [capability: string, use: string])[] = [
  ['CONDSTORE', 'only what has changed is asked for'],
  ['QRESYNC', 'what has changed and gone is told at once'],
  ['ESEARCH', 'long lists of messages are short'],
  ['LIST-STATUS', 'one command tells of all mailboxes'],
  ['LITERAL+', 'names need no further round trip'],
  ['COMPRESS=DEFLATE', 'less to transfer; on a fast line `compress = false` is quicker'],
  ['OBJECTID', 'a message that was moved is not fetched again'],
  ['X-GM-EXT-1', 'a message with many labels is fetched once'],
  ['SPECIAL-USE', 'the server says what a mailbox is for'],
]

/** What a sync makes of what the server offers; those that the config disables are not offered here any more. */
export function capabilityFindings(
  { capabilities, serverId }: ProbedConnection,
  { disable }: Account,
): readonly Finding[] {
  const { good, note } = findingsOf('capabilities')
  const used = uses.filter(([name]) => capabilities.has(name)).map(([name]) => name)
  const details = uses.map(([name, use]) => `${capabilities.has(name) ? 'has' : 'lacks'} ${name}: ${use}`)
  const server = serverId === undefined ? 'the server' : serverId
  const findings = [good(`${server} has ${used.length === 0 ? 'no extension' : used.join(', ')}`, { details })]
  if (!capabilities.has('CONDSTORE') && !capabilities.has('QRESYNC')) {
    findings.push(note('without CONDSTORE every sync lists all messages of each mailbox, which takes its time'))
  }
  if (disable.length > 0) findings.push(note(`the config does without ${disable.join(', ')}`))
  return findings
}

/** How much the provider and the config allow. */
export function ceilingFindings(
  { imap, connections, budget }: Account,
  remembered: RememberedServer,
): readonly Finding[] {
  const { good, note } = findingsOf('limits')
  const { connectionCeiling } = providerOf(imap.host)
  const wanted = allowedConnections(imap.host, { configured: connections, remembered: undefined })
  const allowed = allowedConnections(imap.host, { configured: connections, remembered: remembered.connections })
  const most = connectionCeiling === undefined ? '' : ` (the provider's limit is ${connectionCeiling})`
  const octets = dailyBudget(imap.host, budget)
  const daily =
    octets === undefined
      ? 'no limit of octets a day is known'
      : `${formatOctets(octets)} in 24 hours, of which ${formatOctets(remembered.receivedOctets)} are used`
  const findings = [good(`up to ${countOf(allowed, 'connection')} at once${most}, ${daily}`)]
  if (allowed < wanted) {
    findings.push(
      note(`the server has refused more than ${countOf(allowed, 'connection')}; the config would have ${wanted}`),
    )
  }
  return findings
}

export interface RoomParts {
  readonly account: Account
  readonly listed: readonly ListedMailbox[]
  /** undefined: there is no store. */
  readonly look: StoreLook | undefined
  readonly mirror: MirrorLook | undefined
  readonly place: FoundPlace
}

/** Of a message, with its share of the index, where nothing better is known. */
const usualOctets = 90_000

/** Whether what is still to be fetched has room on the disk. */
export function roomFinding({ account, listed, look, mirror, place }: RoomParts): Finding {
  const { good, bad } = findingsOf('room')
  const boxes = listed.filter(({ selectable, path }) => selectable && filterAdmits(account.mailboxes, path))
  const onServer = boxes.reduce((sum, { status }) => sum + (status?.messages ?? 0), 0)
  const mirrored = mirror === undefined ? [] : syncedMailboxes(account, mirror)
  const held = mirrored.reduce((sum, { messages }) => sum + messages, 0)
  const missing = Math.max(0, onServer - held)
  const isKnown = look !== undefined && look.messages >= 100
  const octets = missing * (isKnown ? look.octets / look.messages : usualOctets)
  const counted = `${countOf(boxes.length, 'mailbox', 'mailboxes')}, ${countOf(onServer, 'message')}`
  if (missing === 0) return good(`${counted} on the server; the mirror has as many`)
  const need = `${countOf(missing, 'message')} to fetch, some ${formatOctets(octets)}${isKnown ? '' : ' if they are of usual size'}`
  if (octets < place.freeOctets) return good(`${counted} on the server; ${need}`)
  return bad(`${need}, and only ${formatOctets(place.freeOctets)} free in ${place.folder}`, {
    remedy: 'free some space, or name a path on a larger disk as `store` in the config',
  })
}
