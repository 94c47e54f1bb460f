import { resolve } from 'node:path'
import type { Security } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { NewServer, OauthProvider, PasswordSource } from '../setup/new-account.ts'

/** The options of `account add`, as the parser hands them over. */
export interface AddFlags {
  readonly name?: string
  readonly imap?: string
  readonly smtp?: string
  readonly security?: Security
  readonly user?: string
  readonly passwordCommand?: string
  readonly passwordFile?: string
  readonly passwordEnv?: string
  readonly keychain?: true
  readonly oauth?: OauthProvider
  /** Its id. */
  readonly oauthClient?: string
  readonly oauthTenant?: string
  readonly credential?: string
  readonly store?: string
  /** False: nothing is connected to. */
  readonly test: boolean
  readonly yes?: true
  readonly caFile?: string
  readonly fingerprint?: string
}

export function usage(message: string, hint: string): AppError {
  return new AppError({ code: 'USAGE', message, hint })
}

/** Where the options say that the password is; undefined: nowhere. Throws USAGE for two places. */
export function givenPassword(flags: AddFlags): PasswordSource | undefined {
  const { passwordCommand, passwordFile, passwordEnv, keychain, oauth, credential } = flags
  const given: readonly (PasswordSource | undefined)[] = [
    passwordCommand === undefined ? undefined : { kind: 'command', argv: splitCommand(passwordCommand) },
    passwordFile === undefined ? undefined : { kind: 'file', path: absolutePath(passwordFile) },
    passwordEnv === undefined ? undefined : { kind: 'env', name: passwordEnv },
    credential === undefined ? undefined : { kind: 'credential', name: credential },
    keychain === undefined ? undefined : { kind: 'keychain' },
    oauth === undefined ? undefined : { kind: 'oauth', provider: oauth },
  ]
  const [only, second] = given.filter((source) => source !== undefined)
  if (second === undefined) return only
  throw usage('more than one place is named for the password', 'name one of them')
}

/** Paths in the config begin at its folder, those of options where we are. */
export function absolutePath(path: string): string {
  return /^~(?:\/|$)/.test(path) ? path : resolve(path)
}

/** Words as a shell splits them, without anything else that a shell does. Throws USAGE. */
export function splitCommand(text: string): readonly string[] {
  const words = [...text.matchAll(/(?:"(?:[^"\\]|\\[^])*"|'[^']*'|\\[^]|[^\s"'\\])+/g)].map(([word]) => word)
  const rest = words.reduce((left, word) => left.replace(word, () => ''), text)
  if (words.length === 0 || rest.trim() !== '') {
    throw usage(
      'could not read the command of --password-command: it is empty, or a quote is not closed',
      'write it as in a shell: --password-command "pass show mail/me"',
    )
  }
  return words.map((word) => word.replaceAll(/"(?:[^"\\]|\\[^])*"|'[^']*'|\\[^]/g, unquoted))
}

function unquoted(part: string): string {
  if (part.startsWith("'")) return part.slice(1, -1)
  return part.startsWith('"') ? part.slice(1, -1).replaceAll(/\\(["\\$`])/g, '$1') : part.slice(1)
}

type Ports = Readonly<Record<Security, number>>
const usualPorts: Readonly<Record<'imap' | 'smtp', Ports>> = {
  imap: { tls: 993, starttls: 143, none: 143 },
  smtp: { tls: 465, starttls: 587, none: 25 },
}
const upgradedPorts: ReadonlySet<number> = new Set([143, 587, 25])

/** `HOST` or `HOST:PORT`, an IPv6 address in brackets; undefined: neither. Without a word on security it is what goes with the
 *  port, and TLS for one that is not known. */
export function parseServer(
  text: string,
  protocol: 'imap' | 'smtp',
  given?: Security,
): Pick<NewServer, 'host' | 'port' | 'security'> | undefined {
  const [, host, digits] = /^(\[[\da-f:.]+\]|[^\s:/@[\]]+)(?::(\d{1,5}))?$/i.exec(text) ?? []
  const port = digits === undefined ? undefined : Number(digits)
  if (host === undefined || port === 0 || (port ?? 1) > 65_535) return undefined
  const security = given ?? (port !== undefined && upgradedPorts.has(port) ? 'starttls' : 'tls')
  return { host: host.toLowerCase(), port: port ?? usualPorts[protocol][security], security }
}

/** A server that an option names. Throws USAGE. */
export function givenServer(text: string, protocol: 'imap' | 'smtp', flags: AddFlags): NewServer {
  const { user } = flags
  // The word on security is that of IMAP; plain text is for both or none.
  const security = protocol === 'imap' || flags.security === 'none' ? flags.security : undefined
  const server = parseServer(text, protocol, security)
  if (server === undefined) throw usage(`--${protocol} ${text} is no server`, `write HOST or HOST:PORT`)
  return { ...server, user: protocol === 'imap' ? user : undefined, ...givenTrust(flags) }
}

export function givenTrust({ caFile, fingerprint }: AddFlags): Pick<NewServer, 'caFile' | 'fingerprint'> {
  return {
    caFile: caFile === undefined ? undefined : absolutePath(caFile),
    fingerprint: fingerprint?.toLowerCase().replaceAll(/(?<!sha256):/g, ''),
  }
}
