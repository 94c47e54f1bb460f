import type { Account } from '../model/account.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { ConfigEditor } from '../setup/config-editor.ts'
import { safeJson, safeText } from '../ui/safe-text.ts'
import { usage } from './account-options.ts'
import type { CommandContext } from './context.ts'
import { namedAccount } from './named-account.ts'

export interface RemoveFlags {
  readonly deleteMirror?: true
  readonly yes?: true
}

/** The config first: a store that is still named would only be made anew. */
export async function removeAccount(context: CommandContext, name: string, flags: RemoveFlags): Promise<ExitStatus> {
  // Where there is no config, that says what to do.
  await context.loadConfig()
  const { editor, deleteMirror } = await context.setupParts()
  const account = namedAccount(editor, name)
  const edited = editor.withoutAccount(name)
  if (flags.deleteMirror === true) refuseSharedStore(editor, account)
  if (!(await isMeant(context, account, flags))) {
    await context.terminal.err.write('nothing was removed\n')
    return exitStatus.done
  }
  const isDeleted = flags.deleteMirror === true && deleteMirror(edited.config, account)
  await editor.save(edited)
  const line = context.options.json
    ? safeJson({ v: 1, removed: name, store: account.store, mirrorDeleted: isDeleted })
    : `${safeText(name)} is out of ${safeText(editor.path)}; ${safeText(restText(account, flags, isDeleted))}`
  await context.terminal.out.write(`${line}\n`)
  return exitStatus.done
}

function restText({ store, imap }: Account, { deleteMirror }: RemoveFlags, isDeleted: boolean): string {
  const secret = imap.password?.kind === 'file' ? `; its password stays in ${imap.password.path}` : ''
  if (isDeleted) return `its store ${store} is deleted${secret}`
  const kept = deleteMirror === true ? `there was no store ${store}` : `what was mirrored of it stays in ${store}`
  return `${kept}${secret}`
}

function refuseSharedStore({ accounts }: ConfigEditor, account: Account): void {
  const others = accounts.filter(({ name, store }) => name !== account.name && store === account.store)
  if (others.length === 0) return
  throw usage(
    `${others.map(({ name }) => name).join(', ')} uses the store ${account.store} too: it was not deleted`,
    'leave `--delete-mirror` away to keep it',
  )
}

/** Throws USAGE where mail would be deleted and nobody can be asked. */
async function isMeant(context: CommandContext, { name, store }: Account, flags: RemoveFlags): Promise<boolean> {
  if (flags.yes === true) return true
  const { canAsk, openQuestions } = await import('../ui/questions.ts')
  const isAskable = !context.options.json && canAsk()
  if (!isAskable && flags.deleteMirror !== true) return true
  if (!isAskable) throw usage(`--delete-mirror would delete ${store}`, 'if that is meant, use --yes')
  const what =
    flags.deleteMirror === true ? `Remove ${name}, and delete ${store}?` : `Remove ${name}? Its mirror stays.`
  return openQuestions(context.signal).confirm(what, false)
}
