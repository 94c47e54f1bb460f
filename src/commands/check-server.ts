import { AppError } from '../model/errors.ts'
import type { NewServer } from '../setup/new-account.ts'
import type { AccountSetup } from './account-setup.ts'
import { askServer } from './choose-servers.ts'

export interface CheckedServer {
  readonly imap: NewServer
  /** Before the login. */
  readonly capabilities: ReadonlySet<string>
}

/** Greets the server until one answers that is trusted: what stands in the way is told, and the person decides. Where nobody can be
 *  asked, it is thrown. */
export async function checkServer(setup: AccountSetup, first: NewServer): Promise<CheckedServer> {
  const { parts, context } = setup
  for (let imap = first; ;) {
    try {
      const capabilities = await parts.lookup.probe.capabilities(unbracketed(imap), imap, context.signal)
      return { imap, capabilities }
    } catch (error) {
      imap = await decide(setup, imap, error)
    }
  }
}

const unbracketed = (server: NewServer): NewServer => ({ ...server, host: server.host.replace(/^\[(.*)\]$/, '$1') })

async function decide(setup: AccountSetup, imap: NewServer, error: unknown): Promise<NewServer> {
  const { questions } = setup
  if (!(error instanceof AppError) || error.code === 'INTERRUPTED') throw error
  if (questions === undefined) throw adviseOptions(error)
  const { fingerprint, message } = error
  questions.warn(capitalized(message), fingerprint === undefined ? [] : [`Its fingerprint is ${fingerprint}`])
  const choice = await questions.choose('What now?', [
    ...(fingerprint === undefined
      ? []
      : [
          {
            value: 'pin' as const,
            label: 'trust this very certificate from now on',
            hint: 'compare the fingerprint first',
          },
        ]),
    { value: 'other', label: 'name another server' },
    { value: 'again', label: 'try once more' },
  ])
  if (choice === 'pin') return { ...imap, caFile: undefined, fingerprint }
  return choice === 'other' ? askServer(setup, `${imap.host}:${imap.port}`) : imap
}

/** The hints of errors are about keys of the config, which is not there yet. */
function adviseOptions(error: AppError): AppError {
  const { code, message, fingerprint } = error
  const hint =
    fingerprint === undefined
      ? 'name another with --imap HOST[:PORT] and --security, or use --no-test to write it all the same'
      : `if you know it to be the right one, use --fingerprint ${fingerprint}, or --ca-file PATH`
  return new AppError({ code, message, hint, cause: error })
}

export function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
