import { formatOctets } from '../model/format-octets.ts'
import { toIso } from '../model/instant.ts'
import type { BackupOutcome } from '../upkeep/backup-ports.ts'
import { countOf, formatCount } from './format-count.ts'
import { safeJson, safeText } from './safe-text.ts'

export interface StoreBackup {
  readonly store: string
  readonly snapshot: string
  readonly outcome: BackupOutcome
}

export interface BackupReport {
  readonly folder: string
  readonly atMs: number
  readonly done: readonly StoreBackup[]
}

/** What `--json` writes, and what lies beside the snapshots. */
export function backupJson({ folder, atMs, done }: BackupReport): string {
  return safeJson({
    v: 1,
    folder,
    at: toIso(atMs),
    stores: done.map(({ store, snapshot, outcome }) => ({ store, snapshot, ...outcome })),
  })
}

export function backupLine({ snapshot, outcome }: StoreBackup): string {
  const { isFirst, messages, octets, newMessages, newOctets, pruned, fromSeq, toSeq } = outcome
  const added = `${formatCount(newMessages)} new (${formatOctets(newOctets)})`
  const gone = pruned === 0 ? '' : `, ${formatCount(pruned)} pruned`
  const changes = toSeq > fromSeq ? `, changes ${fromSeq + 1} to ${toSeq}` : ', no changes'
  const news = isFirst ? `, changes up to ${toSeq}` : `: ${added}${gone}${changes}`
  return `${safeText(snapshot)}: ${countOf(messages, 'message')} (${formatOctets(octets)})${news}`
}
