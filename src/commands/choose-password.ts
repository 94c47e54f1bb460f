import type { Finding } from '../setup/found-servers.ts'
import type { NewClient, PasswordSource } from '../setup/new-account.ts'
import type { Choice, Questions } from '../ui/questions.ts'
import { absolutePath, givenPassword, splitCommand, usage } from './account-options.ts'
import type { AccountSetup } from './account-setup.ts'
import type { SetupParts } from './setup-parts.ts'

/** A password that was typed and is kept nowhere yet, or where one is. */
export type ChosenPassword =
  | { readonly kind: 'typed'; readonly password: string; readonly wantsKeychain: boolean }
  | { readonly kind: 'source'; readonly source: PasswordSource; readonly client?: NewClient | undefined }

export interface Offer {
  readonly finding: Finding | undefined
  /** Before the login; undefined: not known. */
  readonly capabilities: ReadonlySet<string> | undefined
}

interface Choosing extends Pick<AccountSetup, 'flags' | 'questions'> {
  readonly parts: Pick<SetupParts, 'secrets'>
}

type Way = 'type' | 'oauth' | 'command' | 'file' | 'env'

/** What an option says, or a person. Throws USAGE where there is neither. */
export async function choosePassword(setup: Choosing, offer: Offer): Promise<ChosenPassword> {
  const { flags, questions } = setup
  const source = givenPassword(flags)
  if (source?.kind === 'oauth') return { kind: 'source', source, client: await chooseClient(setup) }
  if (source !== undefined && !(source.kind === 'keychain' && questions !== undefined))
    return { kind: 'source', source }
  if (questions === undefined) {
    throw usage(
      'nothing says where the password is',
      'use --password-command, --password-file, --password-env, --keychain, --credential or --oauth; no option takes the password itself',
    )
  }
  if (source?.kind === 'keychain') return typePassword(questions, true)
  const way = await questions.choose('How does mailmirror get the password?', waysOf(setup, offer))
  return answer({ setup, questions, offer }, way)
}

const passwordWays: readonly Choice<Way>[] = [
  { value: 'type', label: 'I type it now', hint: 'kept in the keychain, or a file that only you can read' },
  { value: 'command', label: 'from a command', hint: 'such as pass show mail/me' },
  { value: 'file', label: 'from a file' },
  { value: 'env', label: 'from an environment variable' },
]

/** What the server takes, and this program can. A server that says nothing is believed to take anything. */
function waysOf({ parts }: Choosing, { finding, capabilities }: Offer): readonly Choice<Way>[] {
  const takes = (...logins: readonly string[]): boolean =>
    capabilities === undefined || logins.some((login) => capabilities.has(login))
  const canSignIn = parts.secrets.signIn !== undefined && takes('AUTH=XOAUTH2', 'AUTH=OAUTHBEARER')
  const isOffered = finding?.oauth !== undefined && canSignIn
  if (!isOffered) return passwordWays
  const oauth = { value: 'oauth', label: `log in at ${finding.provider ?? finding.oauth} (OAuth)` } as const
  const takesPassword = capabilities?.has('LOGINDISABLED') !== true || takes('AUTH=PLAIN', 'AUTH=LOGIN')
  if (!takesPassword) return [oauth]
  return finding.isOauthOnly ? [oauth, ...passwordWays] : [...passwordWays, oauth]
}

interface Asked {
  readonly setup: Choosing
  readonly questions: Questions
  readonly offer: Offer
}

async function answer({ setup, questions, offer }: Asked, way: Way): Promise<ChosenPassword> {
  switch (way) {
    case 'type':
      return typePassword(questions, false)
    case 'oauth':
      return {
        kind: 'source',
        source: { kind: 'oauth', provider: offer.finding?.oauth ?? 'google' },
        client: await chooseClient(setup),
      }
    case 'command': {
      const text = await questions.text({ message: 'Which command prints it?', fault: commandFault })
      return { kind: 'source', source: { kind: 'command', argv: splitCommand(text) } }
    }
    case 'file': {
      const path = await questions.text({ message: 'Which file?', fault: emptyFault })
      return { kind: 'source', source: { kind: 'file', path: absolutePath(path) } }
    }
    case 'env': {
      const name = await questions.text({ message: 'Which variable?', fault: emptyFault })
      return { kind: 'source', source: { kind: 'env', name } }
    }
  }
}

/** A client that the user has registered with the provider. Throws USAGE where there is none and nobody can be asked. */
async function chooseClient({ flags, questions }: Choosing): Promise<NewClient> {
  const { oauthClient: given, oauthTenant: tenant } = flags
  if (questions === undefined) {
    if (given !== undefined) return { id: given, secret: undefined, tenant }
    throw usage('--oauth needs a client that you have registered with the provider', 'name it: --oauth-client ID')
  }
  const message = 'Id of the OAuth client that you have registered there?'
  const id = given ?? (await questions.text({ message, fault: emptyFault }))
  const secret = await questions.password('Its secret (empty where it has none)?', true)
  return { id, secret: secret === '' ? undefined : secret, tenant }
}

async function typePassword(questions: Questions, wantsKeychain: boolean): Promise<ChosenPassword> {
  return { kind: 'typed', password: await questions.password('Password?'), wantsKeychain }
}

const emptyFault = (text: string): string | undefined => (text === '' ? 'It is empty.' : undefined)

function commandFault(text: string): string | undefined {
  try {
    splitCommand(text)
    return undefined
  } catch {
    return 'It is empty, or a quote is not closed.'
  }
}
