import { AppError } from '../model/errors.ts'
import type { NewAccount, PasswordSource } from '../setup/new-account.ts'
import type { AccountSetup } from './account-setup.ts'
import { capitalized } from './check-server.ts'
import type { CommandContext } from './context.ts'
import type { SetupParts } from './setup-parts.ts'
import type { TriedAccount } from './try-login.ts'

interface Keeping extends Pick<AccountSetup, 'questions'> {
  readonly parts: Pick<SetupParts, 'editor' | 'secrets'>
  readonly context: Pick<CommandContext, 'signal'>
}

/** Keeps a typed password, then writes the account into the config: the secret first, for a config that names one must find it. */
export async function keepAccount(setup: Keeping, { account, password }: TriedAccount): Promise<NewAccount> {
  const source =
    password.kind === 'source'
      ? password.source
      : await keepTyped(setup, account, password.password, password.wantsKeychain)
  const whole = { ...account, password: source }
  const { editor } = setup.parts
  await editor.save(editor.withAccount(whole))
  return whole
}

// oxlint-disable-next-line eslint/max-params -- a password stands by itself
async function keepTyped(
  setup: Keeping,
  account: NewAccount,
  password: string,
  wantsKeychain: boolean,
): Promise<PasswordSource | undefined> {
  const { secrets } = setup.parts
  const owner = { account: account.name, host: account.imap.host, user: account.imap.user ?? account.email }
  for (;;) {
    const place = await choosePlace(setup, secrets.filePath(owner), wantsKeychain)
    if (place === 'nowhere') return undefined
    try {
      return await secrets.storeSecret(place, owner, password)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      setup.questions?.warn(capitalized(error.message), error.hint === undefined ? [] : [error.hint])
    }
  }
}

type Place = 'keychain' | 'file' | 'nowhere'

async function choosePlace(
  { parts, context, questions }: Keeping,
  filePath: string,
  wantsKeychain: boolean,
): Promise<Place> {
  if (questions === undefined) throw new Error('a password was typed where nobody is asked')
  const trouble = await parts.secrets.keychainTrouble(context.signal)
  if (trouble === undefined && wantsKeychain) return 'keychain'
  if (trouble !== undefined) questions.warn(`The keychain cannot be used: ${trouble}.`)
  return questions.choose<Place>('Where is the password kept?', [
    ...(trouble === undefined ? [{ value: 'keychain' as const, label: 'in the keychain' }] : []),
    { value: 'file', label: 'in a file that only you can read', hint: filePath },
    { value: 'nowhere', label: 'nowhere', hint: 'then say in the config where it comes from' },
  ])
}
