/** Something that a server was seen not to keep. */
export interface ServerQuirk {
  /** What syncs do without because of it: a word of an account's `disable`. */
  readonly disable: string
  /** What was seen. */
  readonly text: string
}

/** What a probe of an account's server has found, as the store remembers it. */
export interface ProbedServer {
  /** Another server is another matter. */
  readonly host: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly quirks: readonly ServerQuirk[]
}

/** As JSON, for the store. */
export function probedToText({ host, at, quirks }: ProbedServer): string {
  return JSON.stringify({ v: 1, host, at, quirks })
}

/** undefined: there is nothing that this version understands. */
export function textToProbed(text: string | null | undefined): ProbedServer | undefined {
  const value = parsed(text ?? '')
  if (typeof value !== 'object' || value === null || !('v' in value) || value.v !== 1) return undefined
  const { host, at, quirks }: Readonly<Record<string, unknown>> = { ...value }
  if (typeof host !== 'string' || typeof at !== 'number' || !Array.isArray(quirks)) return undefined
  return { host, at, quirks: quirks.filter(isQuirk).map(({ disable, text: seen }) => ({ disable, text: seen })) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Whatever stands there, it is no probe of ours.
    return undefined
  }
}

function isQuirk(value: unknown): value is ServerQuirk {
  if (typeof value !== 'object' || value === null || !('disable' in value) || !('text' in value)) return false
  return typeof value.disable === 'string' && typeof value.text === 'string'
}

/** The account as it is to be used with a server of which this is known. */
export function withoutQuirks<
  A extends { readonly imap: { readonly host: string }; readonly disable: readonly string[] },
>(account: A, probed: ProbedServer | undefined): A {
  if (probed === undefined || probed.host !== account.imap.host || probed.quirks.length === 0) return account
  return { ...account, disable: [...account.disable, ...probed.quirks.map(({ disable }) => disable)] }
}
