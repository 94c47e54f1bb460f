import type { RestoreConnection, ServerMailbox } from './restore-ports.ts'

/** A mailbox as the server calls it. */
export interface ServerName {
  readonly path: string
  /** undefined: it is to be made. */
  readonly wirePath: string | undefined
}

export interface ServerNames {
  resolve(levels: readonly string[]): ServerName
}

/** Names of mailboxes as this server writes them: with its own delimiter, below what its users' mailboxes begin with. */
export async function serverNames(connection: RestoreConnection): Promise<ServerNames> {
  const listed = await connection.mailboxes()
  const prefix = await connection.namespace()
  const delimiter = listed.find((one) => one.delimiter !== undefined)?.delimiter ?? '/'
  const known = new Map(listed.filter(({ selectable }) => selectable).map((one) => [keyOf(one.path), one]))
  return { resolve: (levels) => nameOf(levels, { prefix, delimiter, known }) }
}

interface Naming {
  readonly prefix: string
  readonly delimiter: string
  readonly known: ReadonlyMap<string, ServerMailbox>
}

function nameOf(levels: readonly string[], { prefix, delimiter, known }: Naming): ServerName {
  // A level cannot hold what separates levels.
  const plain = levels.map((level) => level.replaceAll(delimiter, '_')).join(delimiter)
  const isInbox = plain.toUpperCase() === 'INBOX'
  const path = isInbox || plain.startsWith(prefix) ? plain : prefix + plain
  const found = known.get(keyOf(path)) ?? known.get(keyOf(plain))
  return { path: found?.path ?? path, wirePath: found?.wirePath }
}

const keyOf = (path: string): string => (path.toUpperCase() === 'INBOX' ? 'INBOX' : path)
