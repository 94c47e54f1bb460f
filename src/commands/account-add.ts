import { accountNameFault } from '../model/account-name.ts'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { providerOfDomain } from '../setup/known-provider.ts'
import { accountFacts, surveyFacts, surveyLines } from '../ui/account-page.ts'
import { safeJson, safeText } from '../ui/safe-text.ts'
import type { Questions } from '../ui/questions.ts'
import { styleOf } from '../ui/style.ts'
import type { AddFlags } from './account-options.ts'
import { absolutePath, usage } from './account-options.ts'
import type { AccountSetup } from './account-setup.ts'
import { checkServer } from './check-server.ts'
import { chooseServers } from './choose-servers.ts'
import type { CommandContext } from './context.ts'
import { keepAccount } from './keep-account.ts'
import type { SetupParts } from './setup-parts.ts'
import { tryLogin } from './try-login.ts'
import type { TriedAccount } from './try-login.ts'

/** From an address to an account that works. Nothing is written before somebody could log in. */
export async function addAccount(context: CommandContext, email: string, flags: AddFlags): Promise<ExitStatus> {
  if (!/^[^\s\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(email)) throw usage(`${email} is no address`, 'such as me@example.org')
  const parts = await context.setupParts()
  const { canAsk, openQuestions } = await import('../ui/questions.ts')
  const questions = !context.options.json && canAsk() ? openQuestions(context.signal) : undefined
  const name = await chooseName({ parts, flags, email, questions })
  const setup: AccountSetup = { context, parts, flags, questions, email, name }
  const servers = await chooseServers(setup)
  const checked = flags.test ? await checkServer(setup, servers.imap) : { imap: servers.imap, capabilities: undefined }
  const store = flags.store === undefined ? undefined : absolutePath(flags.store)
  const wanted = {
    name,
    email,
    store,
    imap: checked.imap,
    smtp: servers.smtp,
    password: undefined,
    oauthClient: undefined,
  }
  const tried = await tryLogin(setup, wanted, { finding: servers.finding, capabilities: checked.capabilities })
  await keepAccount(setup, tried)
  return finish(setup, tried)
}

type Naming = Pick<AccountSetup, 'parts' | 'flags' | 'email' | 'questions'>

async function chooseName({ parts, flags, email, questions }: Naming): Promise<string> {
  const fault = (name: string): string | undefined => nameFault(name, parts)
  const given = flags.name ?? defaultName(email, fault)
  if (flags.name === undefined && questions !== undefined && flags.yes !== true) {
    return questions.text({ message: `Name for the account ${email}?`, initial: given, fault })
  }
  const wrong = fault(given)
  if (wrong !== undefined) throw usage(wrong, 'choose another: --name NAME')
  return given
}

function nameFault(name: string, { editor }: SetupParts): string | undefined {
  const fault = accountNameFault(name)
  if (fault !== undefined) return `An account's name ${fault}`
  return editor.accounts.some((account) => account.name === name) ? `There is an account "${name}" already` : undefined
}

/** `example` for me@example.org, `gmail` for me@gmail.com, the address where that is taken. */
function defaultName(email: string, fault: (name: string) => string | undefined): string {
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase()
  const labels = domain.split('.')
  const short = (providerOfDomain(domain) === undefined ? labels.at(-2) : labels[0]) ?? domain
  return fault(short) === undefined ? short : email
}

async function finish({ context, parts, questions, name }: AccountSetup, tried: TriedAccount): Promise<ExitStatus> {
  const { out } = context.terminal
  const config = await context.loadConfig()
  const account = config.accounts.find((one) => one.name === name)
  if (context.options.json) {
    const facts = tried.survey === undefined ? {} : surveyFacts(tried.survey)
    const described = account === undefined ? undefined : accountFacts(account)
    await out.write(`${safeJson({ v: 1, config: config.path, account: described, ...facts })}\n`)
    return exitStatus.done
  }
  const layout = { columns: out.columns, style: styleOf(out) }
  const lines = [
    `account ${safeText(name)} is in ${safeText(parts.editor.path)}`,
    ...(tried.survey === undefined ? [] : surveyLines(tried.survey, layout)),
  ]
  await out.write(lines.map((line) => `${line}\n`).join(''))
  if (questions !== undefined && tried.survey !== undefined && (await wantsSync(questions))) {
    return (await import('./sync.ts')).sync(context, [name], {})
  }
  await out.write(`next: ${context.invocation} sync ${quoted(name)}\n`)
  return exitStatus.done
}

/** The account is written: whoever leaves now has not interrupted anything. */
async function wantsSync(questions: Questions): Promise<boolean> {
  return questions.confirm('Mirror it now?', true).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'INTERRUPTED') return false
    throw error
  })
}

/** For a shell. */
function quoted(name: string): string {
  return /^[\w@.+-]+$/.test(name) ? name : `'${safeText(name).replaceAll("'", String.raw`'\''`)}'`
}
