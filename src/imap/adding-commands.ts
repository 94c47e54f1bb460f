import type { AppendedAt, MessageToAppend } from '../export/restore-ports.ts'
import { pathToWire } from '../model/modified-utf7.ts'
import type { CommandChannel } from './command-channel.ts'
import { CommandRejected } from './command-error.ts'
import { nameParts } from './mailbox-status.ts'
import { isList, Scanner } from './tokens.ts'
import { decodeWireName } from './wire-name.ts'

/** Octets of the largest message that the server says it takes (RFC 7889); Infinity: it does not say. */
export function largestMessage(capabilities: ReadonlySet<string>): number {
  for (const name of capabilities) {
    const told = /^APPENDLIMIT=(\d{1,15})$/.exec(name)?.[1]
    if (told !== undefined) return Number(told)
  }
  return Infinity
}

/** Whether the server takes messages with NUL (literal8, RFC 3516). */
export function takesNul(capabilities: ReadonlySet<string>): boolean {
  return capabilities.has('BINARY')
}

/** What the user's own mailboxes begin with, such as `INBOX.` (RFC 2342); empty: nothing. */
export async function namespacePrefix(channel: CommandChannel, capabilities: ReadonlySet<string>): Promise<string> {
  if (!capabilities.has('NAMESPACE')) return ''
  let prefix = ''
  await channel.run({
    attempt: 'ask for the namespaces',
    name: 'NAMESPACE',
    parts: [],
    onUntagged: (response) => {
      const match = /^\* NAMESPACE /i.exec(response.text)
      if (match !== null) prefix = firstPrefix(new Scanner(response, match[0].length))
      return undefined
    },
  })
  return decodeWireName(prefix)
}

/** `(("INBOX." ".")) NIL NIL`: that of the first of the user's own (RFC 2342 §5). */
function firstPrefix(scanner: Scanner): string {
  const own = scanner.value()
  const [first] = isList(own) ? own : []
  const [prefix] = isList(first) ? first : []
  return typeof prefix === 'string' ? prefix : ''
}

/** CREATE and SUBSCRIBE of a decoded path; one that exists is left as it is. Gives its name on the wire. */
export async function createMailbox(channel: CommandChannel, path: string): Promise<string> {
  const wirePath = pathToWire(path)
  const name = nameParts(wirePath)
  await unlessRejected(
    channel.run({ attempt: `create mailbox ${JSON.stringify(path)}`, name: 'CREATE', parts: [name] }),
    ({ responseCode }) => responseCode === 'ALREADYEXISTS',
  )
  await unlessRejected(
    channel.run({ attempt: `subscribe mailbox ${JSON.stringify(path)}`, name: 'SUBSCRIBE', parts: [name] }),
    () => true,
  )
  return wirePath
}

/** No mailbox may be examined meanwhile: see `leaveMailbox`. undefined: the server did not say where the message is. */
export async function appendMessage(
  channel: CommandChannel,
  wirePath: string,
  { octets, flags, internalDate }: MessageToAppend,
): Promise<AppendedAt | undefined> {
  const date = internalDate?.seconds === undefined ? [] : [`"${internalDate.text}"`]
  const list = flags.length === 0 ? [] : [`(${flags.join(' ')})`]
  const { responseCode, codeArguments } = await channel.run({
    attempt: `append to mailbox ${JSON.stringify(decodeWireName(wirePath))}`,
    name: 'APPEND',
    parts: [nameParts(wirePath), ...list, ...date, { literal: octets, isBinary: octets.includes(0) }],
  })
  const [validity = '', uid = ''] = responseCode === 'APPENDUID' ? codeArguments.split(' ') : []
  return /^\d{1,10}$/.test(validity) && /^\d{1,10}$/.test(uid)
    ? { uidValidity: BigInt(validity), uid: Number(uid) }
    : undefined
}

/** Some servers append nothing to a mailbox that is examined. Of one that was, CLOSE removes nothing (RFC 9051 §6.4.1). */
export async function leaveMailbox(channel: CommandChannel, capabilities: ReadonlySet<string>): Promise<void> {
  const name = capabilities.has('UNSELECT') ? 'UNSELECT' : 'CLOSE'
  await unlessRejected(channel.run({ attempt: 'leave the mailbox', name, parts: [] }), () => true)
}

async function unlessRejected(command: Promise<unknown>, isFine: (error: CommandRejected) => boolean): Promise<void> {
  try {
    await command
  } catch (error) {
    if (!(error instanceof CommandRejected) || error.code !== 'COMMAND_REJECTED' || !isFine(error)) throw error
  }
}
