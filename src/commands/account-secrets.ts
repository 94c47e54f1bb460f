import type { Account, SecretSource } from '../model/account.ts'
import { AppError } from '../model/errors.ts'

/** A secret of an account that this program keeps itself. */
export type KeptSource = Extract<SecretSource, { readonly kind: 'keychain' | 'oauth' }>

/** Those of IMAP and SMTP, each once. Throws USAGE when there is none: then `account login` has nothing to do. */
export function keptSources({ name, imap, smtp }: Account): readonly KeptSource[] {
  const sources = [imap.password, smtp?.password].filter(
    (source): source is KeptSource => source?.kind === 'keychain' || source?.kind === 'oauth',
  )
  const unique = new Map(sources.map((source) => [JSON.stringify(source), source]))
  if (unique.size > 0) return [...unique.values()]
  const { password } = imap
  const where = password === undefined ? 'asked for at every run' : `taken from its ${password.kind}`
  throw new AppError({
    code: 'USAGE',
    message: `account ${name} has nothing to log in to: its password is ${where}`,
    hint: `to keep it here, write password = { keychain = true } or { oauth = "google" } under [accounts.${name}.imap]`,
  })
}
