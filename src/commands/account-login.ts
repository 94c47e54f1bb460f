import { createInterface } from 'node:readline'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { CredentialKeeper, GrantDialog, GrantWay, KeptIn } from '../model/secrets.ts'
import { grantSteps, keptText } from '../ui/login-page.ts'
import { safeJson } from '../ui/safe-text.ts'
import { promptStreams } from '../ui/terminal.ts'
import { keptSources } from './account-secrets.ts'
import type { KeptSource } from './account-secrets.ts'
import type { CommandContext } from './context.ts'
import { selectAccounts } from './select-accounts.ts'

export interface AccountLoginFlags {
  readonly paste?: true
  readonly device?: true
  /** False: access is kept in a file. */
  readonly keychain?: boolean
  readonly passwordStdin?: true
}

/** Asks for what an account logs in with, and keeps it for later runs. */
export async function runAccountLogin(
  context: CommandContext,
  name: string,
  flags: AccountLoginFlags,
): Promise<ExitStatus> {
  const { accounts } = selectAccounts(await context.loadConfig(), [name])
  const keeper = await context.credentialKeeper()
  for (const source of accounts.flatMap(keptSources)) {
    const keptIn = await logIn(context, { source, keeper, flags })
    const what = source.kind === 'keychain' ? `the password of ${source.entry}` : `access to the mail of ${source.user}`
    const { account, kind } = source
    const line = context.options.json ? safeJson({ v: 1, account, kind, keptIn }) : keptText(what, keptIn)
    await context.terminal.out.write(`${line}\n`)
  }
  return exitStatus.done
}

interface LoginParts {
  readonly source: KeptSource
  readonly keeper: CredentialKeeper
  readonly flags: AccountLoginFlags
}

async function logIn(context: CommandContext, { source, keeper, flags }: LoginParts): Promise<KeptIn> {
  const { signal } = context
  if (source.kind === 'keychain') {
    await keeper.keepPassword(source.entry, await readPassword(source, flags, signal))
    return 'keychain'
  }
  const dialog = grantDialog(context, wayOf(flags))
  return keeper.grant(source, dialog, { keychain: flags.keychain ?? true, signal })
}

async function readPassword(
  { account, entry }: Extract<KeptSource, { readonly kind: 'keychain' }>,
  { passwordStdin }: AccountLoginFlags,
  signal: AbortSignal,
): Promise<string> {
  if (passwordStdin === true) return firstLineOfStdin(signal)
  const streams = promptStreams()
  if (streams === undefined) {
    throw new AppError({
      code: 'USAGE',
      message: 'there is no terminal on which to ask for the password',
      hint: `for scripts: mailmirror account login ${account} --password-stdin < FILE`,
    })
  }
  const { passwordPrompt } = await import('../ui/prompt.ts')
  return passwordPrompt(streams)({ account, user: entry }, signal)
}

function wayOf({ paste, device }: AccountLoginFlags): GrantWay {
  if (paste === true && device === true) {
    throw new AppError({ code: 'USAGE', message: '--paste and --device are two ways to log in', hint: 'choose one' })
  }
  if (paste === true) return 'paste'
  return device === true ? 'device' : 'loopback'
}

function grantDialog({ terminal }: CommandContext, way: GrantWay): GrantDialog {
  return {
    way,
    show: (step) => terminal.err.write(grantSteps(way, step)),
    askAddress: async (signal) => {
      const streams = promptStreams()
      if (streams === undefined) return firstLineOfStdin(signal)
      const { askText } = await import('../ui/prompt.ts')
      return askText('The address at which the browser has ended', streams, signal)
    },
  }
}

async function firstLineOfStdin(signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, signal })
  for await (const line of lines) return line
  throw new AppError({ code: 'USAGE', message: 'there is nothing on stdin', hint: 'write it there as one line' })
}
