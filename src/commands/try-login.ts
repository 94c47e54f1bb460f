import type { Account } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { NewAccount } from '../setup/new-account.ts'
import type { Survey } from '../setup/survey.ts'
import type { AccountSetup } from './account-setup.ts'
import { capitalized } from './check-server.ts'
import { choosePassword } from './choose-password.ts'
import type { ChosenPassword, Offer } from './choose-password.ts'
import { surveyAccount } from './survey-account.ts'

/** An account that somebody could log in to, or that was not tried. */
export interface TriedAccount {
  readonly account: NewAccount
  readonly password: ChosenPassword
  /** undefined: it was not tried. */
  readonly survey: Survey | undefined
}

/** Logs in with what a person says, until it works. Nothing is written. Where nobody can be asked, what stands in the way is thrown. */
export async function tryLogin(setup: AccountSetup, first: NewAccount, offer: Offer): Promise<TriedAccount> {
  let account = first
  let password = await choosePassword(setup, offer)
  for (;;) {
    account = { ...account, ...sourceOf(password) }
    if (!setup.flags.test) return { account, password, survey: undefined }
    try {
      return { account, password, survey: await survey(setup, account, password) }
    } catch (error) {
      const choice = await decide(setup, account, error)
      if (choice === 'user') account = await askUser(setup, account)
      // What the options said has been tried.
      if (choice !== 'again') password = await choosePassword({ ...setup, flags: { test: true } }, offer)
    }
  }
}

function sourceOf(password: ChosenPassword): Pick<NewAccount, 'password' | 'oauthClient'> {
  if (password.kind === 'typed') return { password: undefined, oauthClient: undefined }
  return { password: password.source, oauthClient: password.client }
}

async function survey(setup: AccountSetup, added: NewAccount, password: ChosenPassword): Promise<Survey> {
  const { parts, context } = setup
  const { config } = parts.editor.withAccount(added)
  const account = config.accounts.find(({ name }) => name === added.name)
  if (account === undefined) throw new Error('the account is not in its own config')
  const typed = password.kind === 'typed' ? password.password : undefined
  if (added.password?.kind === 'oauth' && setup.questions !== undefined) {
    await parts.secrets.signIn?.(account, context.signal)
  }
  setup.questions?.say(`Logging in to ${account.imap.host} as ${account.imap.user} …`)
  const found = await surveyAccount(context, parts.openSource(config, typed), withSomePassword(account, typed))
  await testSending(setup, account, typed)
  return found
}

/** Without a source nobody would ask for the password. */
function withSomePassword(account: Account, typed: string | undefined): Account {
  if (typed === undefined) return account
  return { ...account, imap: { ...account.imap, password: { kind: 'env', name: 'typed' } } }
}

/** That mail can be read is enough to begin with. */
async function testSending(setup: AccountSetup, account: Account, typed: string | undefined): Promise<void> {
  if (account.smtp === undefined) return
  try {
    await setup.parts.testSmtp(account, typed, setup.context.signal)
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'INTERRUPTED') throw error
    const text = `${capitalized(error.message)}: mail can be mirrored, but not sent.`
    if (setup.questions === undefined) await setup.context.terminal.err.write(`mailmirror: ${text}\n`)
    else setup.questions.warn(text)
  }
}

type Choice = 'password' | 'user' | 'again'

async function decide({ questions }: AccountSetup, { imap, email }: NewAccount, error: unknown): Promise<Choice> {
  if (!(error instanceof AppError) || error.code === 'INTERRUPTED' || questions === undefined) throw error
  questions.warn(capitalized(error.message), error.hint === undefined ? [] : [error.hint])
  return questions.choose('What now?', [
    { value: 'password', label: 'another password' },
    { value: 'user', label: 'another user name', hint: `now ${imap.user ?? email}` },
    { value: 'again', label: 'try once more' },
  ])
}

async function askUser({ questions }: AccountSetup, account: NewAccount): Promise<NewAccount> {
  if (questions === undefined) return account
  const user = await questions.text({
    message: 'User name?',
    initial: account.imap.user ?? account.email,
    fault: (text) => (text === '' ? 'It is empty.' : undefined),
  })
  return { ...account, imap: { ...account.imap, user: user === account.email ? undefined : user } }
}
