import type { IndexOutcome, IndexProgress } from '../search/indexer.ts'
import { countOf, formatCount } from './format-count.ts'
import { safeJson } from './safe-text.ts'
import type { Terminal } from './terminal.ts'

export interface ReindexReporter {
  readonly onProgress: (progress: IndexProgress) => void
  finish(outcome: IndexOutcome): Promise<void>
}

/** On a terminal one line that counts; off it only the end is told, and with JSON as data. */
export function reindexReporter(
  { json, quiet }: { readonly json: boolean; readonly quiet: boolean },
  { out, err }: Terminal,
): ReindexReporter {
  const redraws = err.redraws && !quiet && !json
  return {
    onProgress: ({ indexed, total }) => {
      if (!redraws) return
      const text = `\rindexing: ${formatCount(indexed)} of ${formatCount(total)}`
      // A progress line that cannot be written is no reason to stop.
      err.write(text).catch(() => undefined)
    },
    finish: async ({ indexed, pending }) => {
      if (json) return out.write(`${safeJson({ v: 1, indexed, pending })}\n`)
      if (quiet) return
      const rest =
        pending === 0 ? '' : `; ${countOf(pending, 'message')} left: \`mailmirror reindex --pending\` goes on`
      await err.write(`${redraws ? '\r' : ''}mailmirror: ${countOf(indexed, 'message')} indexed${rest}\n`)
    },
  }
}
