import { formatOctets } from '../model/format-octets.ts'
import type { ImportSummary } from '../export/import-messages.ts'
import { countingLine } from './counting-line.ts'
import { blocksOf } from './error-report.ts'
import { countOf, formatCount } from './format-count.ts'
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

/** On a terminal one line that counts; off it only the end is told, and with JSON as data. */
export function importReporter(options: ImportPageOptions, { out, err }: Terminal): ImportReporter {
  const { json, quiet, isDryRun } = options
  const line = countingLine(err, { json, quiet })
  let [messages, read, shown] = [0, 0, 0]
  return {
    onMessage: () => void messages++,
    onRead: (octets) => {
      read += octets
      if (read - shown < shownEvery) return
      shown = read
      line.show(`reading: ${formatOctets(read)}, ${countOf(messages, 'message')}`)
    },
    onIndexed: ({ indexed, total }) => line.show(`indexing: ${formatCount(indexed)} of ${formatCount(total)} messages`),
    finish: async (summary, pending) => {
      if (json)
        await out.write(
          `${safeJson({ v: 1, dryRun: isDryRun, places: summary.added + summary.present, ...summary, pending })}\n`,
        )
      const lines = json
        ? []
        : [...(quiet ? [] : summaryLines(summary, options, pending)), ...troubleLines(summary, options)]
      await line.replaceBy(lines)
    },
    interrupted: async () => {
      if (quiet || isDryRun || messages === 0) return
      await line.leave('mailmirror: what was imported is kept; the same command goes on')
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
    linked > 0 ? `${formatCount(linked)} of them ${isDryRun ? 'would link' : 'link'} octets that are held once` : '',
    present > 0 ? `${formatCount(present)} there before` : '',
  ].filter((text) => text !== '')
  const tail = details.length === 0 ? '' : ` (${details.join(', ')})`
  // A message that an export has from several mailboxes is read once and lies in each of them.
  const places = added + present
  const inPlaces = places === messages ? '' : ` for ${countOf(places, 'place')} in mailboxes`
  return [
    `mailmirror: ${countOf(messages, 'message')} (${formatOctets(octets)}) read${inPlaces}, ${formatCount(added)} ${verb}${tail}`,
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

function troubleLines({ unreadable }: ImportSummary, options: ImportPageOptions): readonly string[] {
  const texts = unreadable.map(({ where, reason }) => `not imported: ${where}: ${reason}`)
  return blocksOf(texts, options)
}
