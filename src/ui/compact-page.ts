import { formatOctets } from '../model/format-octets.ts'
import type { Compaction } from '../upkeep/compact-ports.ts'
import { safeJson, safeText } from './safe-text.ts'

export function compactJson(all: readonly Compaction[]): string {
  return safeJson({
    v: 1,
    files: all.flatMap(({ files }) => files.map(({ path, before, after }) => ({ path, before, after }))),
    complete: all.every(({ isKept }) => !isKept),
  })
}

/** A line for each file. */
export function compactionLines({ files, isKept }: Compaction): readonly string[] {
  return [
    ...files.map(
      ({ path, before, after }) => `${safeText(path)}: ${formatOctets(before)} before, ${formatOctets(after)} now`,
    ),
    ...(isKept ? ['another process reads the state from before: run it again when that has ended'] : []),
  ]
}
