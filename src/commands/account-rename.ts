import { accountNameFault } from '../model/account-name.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { safeJson, safeText } from '../ui/safe-text.ts'
import { usage } from './account-options.ts'
import type { CommandContext } from './context.ts'
import { namedAccount } from './named-account.ts'

/** The store first: a config that has the new name while the store has the old one would mirror everything anew. One that was
 *  interrupted in between can be run again. */
export async function renameAccount(context: CommandContext, from: string, to: string): Promise<ExitStatus> {
  // Where there is no config, that says what to do.
  await context.loadConfig()
  const { editor, renameMirror } = await context.setupParts()
  const account = namedAccount(editor, from)
  const fault = accountNameFault(to)
  if (fault !== undefined) throw usage(`an account's name ${fault}`, 'choose another')
  if (editor.accounts.some(({ name }) => name === to))
    throw usage(`there is an account "${to}" already`, 'choose another')
  const edited = editor.withRenamedAccount(from, to)
  const isMirrored = renameMirror(edited.config, account, to)
  try {
    await editor.save(edited)
  } catch (error) {
    if (isMirrored) renameMirror(edited.config, { ...account, name: to }, from)
    throw error
  }
  const mirror = isMirrored ? 'its mirror has followed' : `${account.store} has no mirror of it yet`
  const line = context.options.json
    ? safeJson({ v: 1, account: to, formerName: from, mirrorRenamed: isMirrored })
    : `${safeText(from)} is now ${safeText(to)}; ${safeText(mirror)}`
  await context.terminal.out.write(`${line}\n`)
  return exitStatus.done
}
