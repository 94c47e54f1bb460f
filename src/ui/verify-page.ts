import { formatOctets } from '../model/format-octets.ts'
import { formatUidSet, uidsOf } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import type { Damage, Place } from '../sync/audit.ts'
import type { MailboxDifference, Unchecked } from '../sync/verify-server.ts'
import { countOf, formatCount } from './format-count.ts'
import { safeJson, safeText } from './safe-text.ts'
import type { Style } from './style.ts'

export interface VerifyReport {
  readonly contents: number
  readonly placements: number
  /** Removed for good: nothing to be checked. */
  readonly pruned: number
  readonly octets: number
  readonly damaged: readonly Damage[]
  /** undefined: the server was not asked. */
  readonly bodies: number | undefined
  readonly differences: readonly MailboxDifference[]
  readonly unchecked: readonly Unchecked[]
  readonly repaired: number
  /** Stores that could not be opened; they are named elsewhere. */
  readonly unreadable: readonly { readonly code: string; readonly message: string }[]
}

const longestSet = 60
const placesShown = 3

/** `verify --json`: one document. */
export function verifyJson(report: VerifyReport): string {
  const { contents, placements, bodies, differences, unchecked, damaged, repaired } = report
  const places = (of: (difference: MailboxDifference) => UidSet): unknown[] =>
    differences.flatMap((difference) => {
      const { account, mailbox, uidValidity } = difference
      return [...uidsOf(of(difference))].map((uid) => ({ account, mailbox, uidValidity, uid }))
    })
  return safeJson({
    v: 1,
    ok: isGood(report),
    checked: { contents, placements, serverBodies: bodies, ...(report.pruned === 0 ? {} : { pruned: report.pruned }) },
    damaged: damaged.map(({ kind, problem, message, sha256, places: at }) => ({
      kind,
      problem,
      id: message,
      sha256,
      placements: at,
    })),
    missing: places(({ missing }) => missing),
    unexpected: places(({ unexpected }) => unexpected),
    otherFlags: places(({ otherFlags }) => otherFlags),
    unchecked,
    repaired,
    ...(report.unreadable.length === 0
      ? {}
      : { unreadable: report.unreadable.map(({ code, message }) => ({ code, message })) }),
  })
}

function isGood({ damaged, differences, unchecked, unreadable }: VerifyReport): boolean {
  return damaged.length + differences.length + unchecked.length + unreadable.length === 0
}

/** For people: a line for each thing that is wrong, then what was checked. */
export function verifyPage(report: VerifyReport, style: Style): readonly string[] {
  const { damaged, differences, unchecked } = report
  const lines = [
    ...damaged.map((damage) => `${style.red('damaged')}  ${damageText(damage)}`),
    ...differences.flatMap((difference) =>
      differenceTexts(difference).map((text) => `${style.yellow('differs')}  ${text}`),
    ),
    ...unchecked.map(
      ({ account, mailbox, reason }) => `${style.yellow('unknown')}  ${nameOf(account, mailbox)}: ${safeText(reason)}`,
    ),
  ]
  return [...lines, summary(report, style), ...hints(report)]
}

const nameOf = (account: string, mailbox: string | undefined): string =>
  safeText(mailbox === undefined ? account : `${account}/${mailbox}`)

function damageText({ message, problem, places }: Damage): string {
  const what = message === undefined ? '' : `message ${message}: `
  const more = places.length - placesShown
  const where = places.slice(0, placesShown).map(placeText).join(', ') + (more > 0 ? ` and ${more} more` : '')
  return `${what}${safeText(problem)}${where === '' ? '' : ` (${where})`}`
}

function placeText({ account, mailbox, uid, removed }: Place): string {
  return `${nameOf(account, mailbox)} UID ${uid}${removed ? ', removed' : ''}`
}

function differenceTexts({ account, mailbox, missing, unexpected, otherFlags }: MailboxDifference): readonly string[] {
  const texts: readonly (readonly [UidSet, string])[] = [
    [missing, 'not in the mirror'],
    [unexpected, 'no longer on the server'],
    [otherFlags, 'with other flags'],
  ]
  return texts
    .filter(([uids]) => uids.size > 0)
    .map(([uids, what]) => `${nameOf(account, mailbox)}: ${countOf(uids.size, 'message')} ${what} (UID ${brief(uids)})`)
}

function brief(uids: UidSet): string {
  const text = formatUidSet(uids)
  return text.length <= longestSet ? text : `${text.slice(0, longestSet)}…`
}

function summary(report: VerifyReport, style: Style): string {
  const { contents, placements, pruned, octets, bodies, repaired } = report
  const checked = `${countOf(contents, 'message')} (${formatOctets(octets)}) in ${countOf(placements, 'place')}`
  const server = bodies === undefined ? '' : `, ${countOf(bodies, 'message')} compared with the server octet by octet`
  const gone = pruned === 0 ? '' : `, ${formatCount(pruned)} pruned`
  const mended = repaired === 0 ? '' : `, ${repaired} repaired`
  const verdict = isGood(report) ? style.green('all as it should be') : style.bold(countOf(faults(report), 'problem'))
  return `${verdict}: checked ${checked}${gone}${server}${mended}`
}

function faults({ damaged, differences, unchecked, unreadable }: VerifyReport): number {
  return damaged.length + differences.length + unchecked.length + unreadable.length
}

function hints({ damaged, differences }: VerifyReport): readonly string[] {
  if (damaged.some(({ kind }) => kind === 'database')) {
    return [
      'The file itself is damaged. Keep a copy of it, look at the disk, and mirror anew beside it: name another `store` in the config.',
    ]
  }
  if (damaged.some(({ kind }) => kind === 'content')) return ['`mailmirror verify --repair` fetches the octets again.']
  if (damaged.some(({ kind }) => kind === 'index')) {
    return ['Only the index for searching is damaged; the messages are not. `mailmirror reindex` makes it anew.']
  }
  return differences.length === 0
    ? []
    : ['`mailmirror sync` brings the mirror up to date; `--full` compares everything.']
}
