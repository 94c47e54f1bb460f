import { formatOctets } from '../model/format-octets.ts'
import type { RestoreComparison } from '../export/compare-restored.ts'
import type { RestoredMailbox, RestoreFailure, RestoreSummary } from '../export/restore-messages.ts'
import { countingLine } from './counting-line.ts'
import { blocksOf } from './error-report.ts'
import { countOf, formatCount } from './format-count.ts'
import { safeJson, safeText } from './safe-text.ts'
import type { Terminal } from './terminal.ts'

export interface RestoreReporter {
  /** The server has taken a message of so many octets. */
  readonly onMessage: (octets: number) => void
  /** `to`: as the user has named it; `comparison`: of a rehearsal. */
  finish(summary: RestoreSummary, to: string, comparison: RestoreComparison | undefined): Promise<void>
  /** It ends before it is done. */
  interrupted(): Promise<void>
}

interface RestorePageOptions {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbosity: number
  readonly isDryRun: boolean
  readonly isRehearsal: boolean
}

/** So many messages are between two looks at a progress line. */
const shownEvery = 50

/** On a terminal one line that counts; off it only the end is told, and with JSON as data. */
export function restoreReporter(options: RestorePageOptions, { out, err }: Terminal): RestoreReporter {
  const { json, quiet, isDryRun, isRehearsal } = options
  const line = countingLine(err, { json, quiet })
  let [messages, octets] = [0, 0]
  return {
    onMessage: (own) => {
      messages++
      octets += own
      if (messages % shownEvery === 0) line.show(`restoring: ${countOf(messages, 'message')}, ${formatOctets(octets)}`)
    },
    finish: async (summary, to, comparison) => {
      if (json) await out.write(`${safeJson({ v: 1, dryRun: isDryRun, ...summary, rehearsal: comparison })}\n`)
      const told = quiet ? [] : [...summaryLines(summary, to, options), ...rehearsalLines(comparison)]
      const lines = json ? [] : [...told, ...troubleLines(summary, options), ...differenceLines(comparison, options)]
      await line.replaceBy(lines)
    },
    interrupted: async () => {
      if (quiet || isDryRun || isRehearsal || messages === 0) return
      await line.leave(`mailmirror: ${countOf(messages, 'message')} restored so far; the same command goes on`)
    },
  }
}

function summaryLines(summary: RestoreSummary, to: string, options: RestorePageOptions): readonly string[] {
  const { restored, octets, present, withoutKeywords, mailboxes } = summary
  const { isDryRun, isRehearsal } = options
  const verb = isDryRun ? 'would be restored' : 'restored'
  const where = isRehearsal ? 'a server of the rehearsal' : safeText(to)
  const before = present > 0 ? `, ${formatCount(present)} there already` : ''
  return [
    `mailmirror: ${countOf(restored, 'message')} (${formatOctets(octets)}) ${verb} to ${where}${before}`,
    ...mailboxes.filter(({ restored: own }) => own > 0).map((mailbox) => mailboxLine(mailbox)),
    ...(withoutKeywords > 0
      ? [`  ${countOf(withoutKeywords, 'message')} without keywords that the server does not take`]
      : []),
  ]
}

function mailboxLine({ path, isNew, restored }: RestoredMailbox): string {
  return `  ${safeText(path)}: ${formatCount(restored)}${isNew ? ' (new mailbox)' : ''}`
}

function rehearsalLines(comparison: RestoreComparison | undefined): readonly string[] {
  if (comparison === undefined) return []
  const { equal, differences } = comparison
  const text = `  mirrored back and compared: ${formatCount(equal)} equal in octets, flags, keywords and date`
  return [differences.length === 0 ? `${text}; no difference` : `${text}; ${countOf(differences.length, 'difference')}`]
}

function troubleLines({ failed, left }: RestoreSummary, options: RestorePageOptions): readonly string[] {
  return [
    ...blocksOf(failed.map(failureText), options),
    ...(left > 0 ? [`mailmirror: ${countOf(left, 'message')} not tried: the same command goes on with them`] : []),
  ]
}

function failureText({ mailbox, id, reason }: RestoreFailure): string {
  return id === undefined
    ? `not restored: ${mailbox}: ${reason}`
    : `not restored: message ${id} to ${mailbox}: ${reason}`
}

function differenceLines(comparison: RestoreComparison | undefined, options: RestorePageOptions): readonly string[] {
  return blocksOf(comparison?.differences ?? [], options)
}
