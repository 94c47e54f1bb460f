import { AppError } from '../model/errors.ts'
import type { ListedMailbox, MailboxStatus } from '../model/mailbox.ts'
import type { CommandChannel } from './command-channel.ts'
import { parseStatus, statusItems } from './mailbox-status.ts'
import type { Response } from './response-reader.ts'
import { specialUseOf } from './special-use.ts'
import { isList, Scanner } from './tokens.ts'
import type { Value } from './tokens.ts'
import { decodeWireName } from './wire-name.ts'

/** S22: no account has more. */
const maxMailboxes = 100_000

type Entry = Omit<ListedMailbox, 'status'>

/** LIST of everything, with STATUS, roles and subscriptions where the server offers them (RFC 5258, 5819, 6154). A server
 *  that offers and then refuses them is asked again without (F51). */
export async function listMailboxes(
  channel: CommandChannel,
  capabilities: ReadonlySet<string>,
): Promise<readonly ListedMailbox[]> {
  const options = returnOptions(capabilities)
  if (options === '') return list(channel, '')
  try {
    const listed = await list(channel, options)
    if (listed.length > 0) return listed
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'COMMAND_REJECTED') throw error
  }
  return list(channel, '')
}

function returnOptions(capabilities: ReadonlySet<string>): string {
  const options: string[] = []
  if (capabilities.has('LIST-STATUS')) options.push(`STATUS ${statusItems(capabilities)}`)
  if (capabilities.has('LIST-EXTENDED')) options.push('SUBSCRIBED')
  // A server that is given options tells only what they name.
  if (options.length > 0 && capabilities.has('SPECIAL-USE')) options.push('SPECIAL-USE')
  return options.length === 0 ? '' : `RETURN (${options.join(' ')})`
}

async function list(channel: CommandChannel, options: string): Promise<readonly ListedMailbox[]> {
  const entries: Entry[] = []
  const statuses = new Map<string, MailboxStatus>()
  await channel.run({
    attempt: 'list the mailboxes',
    name: 'LIST',
    parts: options === '' ? ['""', '"*"'] : ['""', '"*"', options],
    onUntagged: (response) => {
      const entry = parseList(response)
      if (entry !== undefined) entries.push(entry)
      else noteStatus(response, statuses)
      if (Math.max(entries.length, statuses.size) > maxMailboxes) throw tooMany()
      return undefined
    },
  })
  // Some servers list a mailbox twice; the last line stands.
  const unique = new Map(entries.map((entry) => [keyOf(entry.wirePath), entry]))
  return [...unique].map(([key, entry]) => ({ ...entry, status: statuses.get(key) }))
}

/** INBOX is INBOX in any case; all other names are compared octet by octet (F46). */
const keyOf = (wirePath: string): string => (wirePath.toUpperCase() === 'INBOX' ? 'INBOX' : wirePath)

function noteStatus(response: Response, statuses: Map<string, MailboxStatus>): void {
  const parsed = parseStatus(response)
  if (parsed !== undefined) statuses.set(keyOf(parsed.wirePath), parsed.status)
}

/** `* LIST (\HasNoChildren) "/" Archive` (RFC 9051 §7.3.1); undefined for any other response, and for a line that names no
 *  mailbox. Throws PROTOCOL_VIOLATION for one that breaks off: a mailbox that is left out would be lost in silence.
 *  @internal Exported for its test. */
export function parseList(response: Response): Entry | undefined {
  const match = /^\* LIST /i.exec(response.text)
  if (match === null) return undefined
  const scanner = new Scanner(response, match[0].length)
  const attributes = toStrings(scanner.value())
  const delimiter = scanner.text()
  scanner.skipSpaces()
  const wirePath = bareName(scanner.rest) ?? scanner.text()
  if (wirePath === undefined || wirePath === '') return undefined
  const has = (attribute: string): boolean => attributes.some((one) => one.toLowerCase() === attribute)
  const path = decodeWireName(wirePath)
  return {
    path,
    wirePath,
    delimiter: delimiter === '' ? undefined : delimiter,
    specialUse: specialUseOf(path, attributes),
    selectable: !has(String.raw`\noselect`) && !has(String.raw`\nonexistent`),
    subscribed: has(String.raw`\subscribed`),
  }
}

/** A name that is neither quoted nor a literal. Some servers leave the quotes out where there are spaces: all of the line is
 *  the name then, not its first word (F47). What RFC 9051 §7.3.1 allows behind it is cut off. */
function bareName(rest: string): string | undefined {
  if (/^(?:$|"|~?\{\d+\+?\}\n|NIL *$)/i.test(rest)) return undefined
  return rest.replace(/ \("?(?:CHILDINFO|OLDNAME)\b.*$/i, '').trimEnd()
}

function toStrings(value: Value): readonly string[] {
  return isList(value) ? value.filter((one): one is string => typeof one === 'string') : []
}

function tooMany(): AppError {
  return new AppError({
    code: 'PROTOCOL_VIOLATION',
    message: `could not list the mailboxes: the server names more than ${maxMailboxes}`,
    hint: 'that many are never real: the server is broken',
  })
}
