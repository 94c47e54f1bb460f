import type { ListedCommand } from './listed-command.ts'

/** Those that keep stores in order. */
export const upkeepCommands: readonly ListedCommand[] = [
  {
    usage: 'reindex [account...]',
    summary: 'make the index for searching anew',
    load: async () => (await import('./reindex.ts')).defineReindex,
  },
  {
    usage: 'prune [select...]',
    summary: 'remove for good what mailboxes have lost long ago',
    load: async () => (await import('./prune.ts')).definePrune,
  },
  {
    usage: 'compact [account...]',
    summary: 'give back the room that a store no longer uses',
    load: async () => (await import('./compact.ts')).defineCompact,
  },
  {
    usage: 'backup <dir> [account...]',
    summary: 'copy stores into a folder, later only what changed',
    load: async () => (await import('./backup.ts')).defineBackup,
  },
]
