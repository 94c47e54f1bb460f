import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { backupJson, backupLine } from '../ui/backup-page.ts'
import type { StoreBackup } from '../ui/backup-page.ts'
import { countingLine } from '../ui/counting-line.ts'
import { countOf } from '../ui/format-count.ts'
import type { CommandContext, CommandHost } from './context.ts'
import { eachStore, warnOf } from './each-store.ts'
import { helpText } from './help-text.ts'
import { selectAccounts } from './select-accounts.ts'

export function defineBackup(command: Command, host: CommandHost): void {
  command
    .description(
      'Copies stores into a folder: one consistent state, while a sync goes on. The next time only what has changed is copied. What lies there is a store of its own: name it as `store` in a config, and verify, search, show and export work on it. Until a new state is whole the one from before stays; backup.json in the folder says what it was, last of all.\n\nMessages pruned from the store go from the copy as well. Messages that wait to be sent are of unknown outcome there, so that a copy sends none a second time.',
    )
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror backup /mnt/disk/mail', 'all stores; again the next day, and it takes a moment'],
          ['mailmirror backup ~/snapshot work --json', 'the store of one account; numbers for scripts'],
        ],
        exits: [
          0,
          [1, 'one of several stores could not be copied (named on stderr)'],
          64,
          [65, 'the store has lost messages that the copy has, which stays as it is'],
          66,
          74,
          [75, 'another backup into this folder is at work'],
          [78, 'configuration; or the folder has the copy of another store'],
          [130, 'interrupted (143: terminated): the copy is as it was before'],
        ],
      }),
    )
    .action((folder: string, names: readonly string[]) => host.run((context) => backup(context, folder, names)))
}

async function backup(context: CommandContext, folder: string, names: readonly string[]): Promise<ExitStatus> {
  const { terminal, options, clock, signal } = context
  // As of an unset variable: it would mean the folder one is in.
  if (folder === '') throw new AppError({ code: 'USAGE', message: 'the folder to back up into has no name' })
  const config = await context.loadConfig()
  const all = [...new Set(config.accounts.map(({ store }) => store))]
  const stores = [...new Set(selectAccounts(config, names).accounts.map(({ store }) => store))]
  const parts = await context.upkeepParts()
  const line = countingLine(terminal.err, options)
  const { done, errors } = await eachStore(stores, async (store): Promise<StoreBackup> => {
    const snapshot = join(resolve(folder), snapshotName(store, all))
    const outcome = await parts.backUp(config, {
      store,
      snapshot,
      pause: (messages) => {
        line.show(`copied ${countOf(messages, 'message')}`)
        return clock.delay(0, signal)
      },
    })
    return { store, snapshot, outcome }
  })
  await line.replaceBy([])
  await warnOf(context, errors)
  const text = backupJson({ folder: resolve(folder), atMs: context.nowMs(), done })
  await context.replaceFile(join(resolve(folder), 'backup.json'), `${text}\n`)
  const lines = options.json ? [text] : options.quiet ? [] : done.map(backupLine)
  await terminal.out.write(lines.map((one) => `${one}\n`).join(''))
  return errors.length > 0 ? exitStatus.incomplete : exitStatus.done
}

const nameOf = (path: string): string => path.replace(/^.*[\\/]/, '').replace(/\.db$/, '')

/** `mail.db` as in its own folder; where two stores have one name, part of the path's hash tells them apart. */
function snapshotName(store: string, all: readonly string[]): string {
  const isAlone = all.filter((path) => nameOf(path) === nameOf(store)).length === 1
  const mark = isAlone ? '' : `-${createHash('sha256').update(store).digest('hex').slice(0, 8)}`
  return `${nameOf(store)}${mark}.db`
}
