import type { ImportSummary } from '../export/import-messages.ts'
import { blockOf } from './error-report.ts'
import { countOf, formatCount } from './format-count.ts'
import { formatOctets } from './format-octets.ts'
import { safeJson, safeText } from './safe-text.ts'
import type { Terminal } from './terminal.ts'

export interface ImportReporter {
  /** A message of so many octets was found. */
  readonly onMessage: (octets: number) => void
  /** So many octets of files were read. */
  readonly onRead: (octets: number) => void
  /** Of those that were imported so many can be searched. */
  readonly onIndexed: (progress: { readonly indexed: number; readonly total: number }) => void
  /** `pending`: messages that cannot be searched yet; undefined: none were to be indexed. */
  finish(summary: ImportSummary, pending: number | undefined): Promise<void>
  /** It ends before it is done, and something may have been imported. */
  interrupted(): Promise<void>
}

interface ImportPageOptions {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbosity: number
  readonly isDryRun: boolean
}

/** So many octets are between two looks at a progress line. */
const shownEvery = 2 ** 21
/** To the beginning of the line, which is empty then. */
const lineAnew = '\r\u001b[K'
/** Of what could not be read so many are named, unless more is asked for. */
const mostNamed = 50

/** On a terminal one line that counts; off it only the end is told, and with JSON as data. */
export function importReporter(options: ImportPageOptions, { out, err }: Terminal): ImportReporter {
  const { json, quiet, isDryRun } = options
  const redraws = err.isTty && !quiet && !json
  let [messages, read, shown] = [0, 0, 0]
  const show = (text: string): void => {
    // A progress line that cannot be written is no reason to stop.
    if (redraws) err.write(`${lineAnew}${text}`).catch(() => undefined)
  }
  return {
    onMessage: () => void messages++,
    onRead: (octets) => {
      read += octets
      if (read - shown < shownEvery) return
      shown = read
      show(`reading: ${formatOctets(read)}, ${countOf(messages, 'message')}`)
    },
    onIndexed: ({ indexed, total }) => show(`indexing: ${formatCount(indexed)} of ${formatCount(total)} messages`),
    finish: async (summary, pending) => {
      if (json) await out.write(`${safeJson({ v: 1, dryRun: isDryRun, ...summary, pending })}\n`)
      const lines = json
        ? []
        : [...(quiet ? [] : summaryLines(summary, options, pending)), ...troubleLines(summary, options)]
      await err.write(`${redraws ? lineAnew : ''}${lines.map((line) => `${line}\n`).join('')}`)
    },
    interrupted: async () => {
      if (quiet || isDryRun || messages === 0) return
      const text = 'mailmirror: what was imported is kept; the same command goes on'
      await err.write(`${redraws ? '\n' : ''}${text}\n`)
    },
  }
}

function summaryLines(
  summary: ImportSummary,
  { isDryRun, verbosity }: ImportPageOptions,
  pending: number | undefined,
): readonly string[] {
  const { messages, octets, added, present, linked, skipped, mailboxes } = summary
  const verb = isDryRun ? 'would be imported' : 'imported'
  const details = [
    linked > 0 ? `${formatCount(linked)} of them held already and linked` : '',
    present > 0 ? `${formatCount(present)} there before` : '',
  ].filter((text) => text !== '')
  const tail = details.length === 0 ? '' : ` (${details.join(', ')})`
  return [
    `mailmirror: ${countOf(messages, 'message')} (${formatOctets(octets)}) read, ${formatCount(added)} ${verb}${tail}`,
    ...mailboxes
      .filter(({ added: own }) => own > 0)
      .map(({ account, path, added: own }) => `  ${safeText(`${account}/${path}`)}: ${formatCount(own)}`),
    ...skippedLines(skipped, verbosity),
    ...((pending ?? 0) > 0
      ? [`  ${countOf(pending ?? 0, 'message')} cannot be searched yet: \`mailmirror reindex --pending\``]
      : []),
  ]
}

function skippedLines(skipped: readonly string[], verbosity: number): readonly string[] {
  if (skipped.length === 0) return []
  const isOne = skipped.length === 1
  const text = `  ${countOf(skipped.length, 'file')} ${isOne ? 'was' : 'were'} left alone: no mail, or ${isOne ? 'a link' : 'links'}`
  if (verbosity === 0) return [`${text} (-v names ${isOne ? 'it' : 'them'})`]
  return [`${text}:`, ...skipped.map((path) => `    ${safeText(path)}`)]
}

function troubleLines({ unreadable }: ImportSummary, { verbosity }: ImportPageOptions): readonly string[] {
  const named = verbosity > 0 ? unreadable : unreadable.slice(0, mostNamed)
  const more = unreadable.length - named.length
  return [
    ...named.flatMap(({ where, reason }) => blockOf(`not imported: ${where}: ${reason}`, undefined)),
    ...(more > 0 ? [`mailmirror: ${formatCount(more)} more could not be read (-v names them)`] : []),
  ]
}
