import { formatOctets } from '../model/format-octets.ts'
import type { ExportSummary } from '../export/export-files.ts'
import { countingLine } from './counting-line.ts'
import { blockOf } from './error-report.ts'
import { countOf, formatCount } from './format-count.ts'
import { safeJson, safeText } from './safe-text.ts'
import type { Terminal } from './terminal.ts'

export interface ExportReporter {
  /** A message of so many octets is in its file. */
  readonly onMessage: (octets: number) => void
  finish(summary: ExportSummary, output: string): Promise<void>
  /** It ends before it is done. */
  interrupted(canResume: boolean): Promise<void>
}

/** So many are between two looks at a progress line. */
const shownEvery = 100

/** On a terminal one line that counts; off it only the end is told, and with JSON as data. */
export function exportReporter(
  { json, quiet }: { readonly json: boolean; readonly quiet: boolean },
  { out, err }: Terminal,
  total: number,
): ExportReporter {
  const line = countingLine(err, { json, quiet })
  let [messages, octets] = [0, 0]
  return {
    onMessage: (own) => {
      messages++
      octets += own
      if (messages % shownEvery !== 0) return
      line.show(`exporting: ${formatCount(messages)} of ${formatCount(total)} messages, ${formatOctets(octets)}`)
    },
    finish: async (summary, output) => {
      const { damaged } = summary
      if (json) await out.write(`${safeJson({ v: 1, ...summary })}\n`)
      const lines = damaged.flatMap(({ reason }) => blockOf(`not exported: ${reason}`, undefined))
      if (!quiet && !json) lines.unshift(summaryLine(summary, output))
      await line.replaceBy(lines)
    },
    interrupted: async (canResume) => {
      if (quiet || !canResume) return
      await line.leave('mailmirror: what was written is kept; the same command with --resume goes on')
    },
  }
}

function summaryLine({ files, messages, octets, damaged }: ExportSummary, output: string): string {
  const where = output === '-' ? 'stdout' : safeText(output)
  const number = files > 1 ? ` in ${countOf(files, 'file')}` : ''
  const pruned = damaged.filter(({ isPruned = false }) => isPruned).length
  const lost = pruned === 0 ? '' : `, ${formatCount(pruned)} pruned and left out`
  return `mailmirror: ${countOf(messages, 'message')} (${formatOctets(octets)}) exported to ${where}${number}${lost}`
}
