import { AppError } from '../model/errors.ts'
import type { MailboxStatus } from '../model/mailbox.ts'
import type { ExaminedMailbox } from '../sync/ports.ts'
import type { Command } from './command.ts'
import type { CommandChannel } from './command-channel.ts'
import type { Response } from './response-reader.ts'
import { isList, Scanner, toModseq, toNumber } from './tokens.ts'
import type { Value } from './tokens.ts'
import { decodeWireName, toArgument } from './wire-name.ts'

const max32 = 0xffffffff

export function hasModseq(capabilities: ReadonlySet<string>): boolean {
  return capabilities.has('CONDSTORE') || capabilities.has('QRESYNC')
}

/** What is asked of a mailbox (RFC 9051 §6.3.11, RFC 7162 §3.1.7). */
export function statusItems(capabilities: ReadonlySet<string>): string {
  return `(MESSAGES UIDNEXT UIDVALIDITY${hasModseq(capabilities) ? ' HIGHESTMODSEQ' : ''})`
}

/** 0 and what is no 32-bit number are "not told" (F36, F38). */
const toPositive = (value: Value): number | undefined => {
  const number = toNumber(value, max32)
  return number === 0 ? undefined : number
}

const toUidValidity = (value: Value): bigint | undefined => {
  const number = toPositive(value)
  return number === undefined ? undefined : BigInt(number)
}

/** `* STATUS Archive (MESSAGES 3 UIDNEXT 9)`; undefined for any other response. */
export function parseStatus(response: Response): { wirePath: string; status: MailboxStatus } | undefined {
  const match = /^\* STATUS /i.exec(response.text)
  if (match === null) return undefined
  const scanner = new Scanner(response, match[0].length)
  const wirePath = scanner.text()
  const items = scanner.value()
  if (wirePath === undefined || !isList(items)) return undefined
  const told = new Map<string, Value>()
  for (let index = 0; index + 1 < items.length; index += 2)
    told.set(String(items[index]).toUpperCase(), items[index + 1])
  const status = {
    uidValidity: toUidValidity(told.get('UIDVALIDITY')),
    uidNext: toPositive(told.get('UIDNEXT')),
    messages: toNumber(told.get('MESSAGES'), max32),
    highestModseq: toModseq(told.get('HIGHESTMODSEQ')),
  }
  return { wirePath, status }
}

const notTold: MailboxStatus = {
  uidValidity: undefined,
  uidNext: undefined,
  messages: undefined,
  highestModseq: undefined,
}

function nameParts(wirePath: string): Command['parts'][number] {
  const argument = toArgument(wirePath)
  return 'quoted' in argument ? argument.quoted : argument
}

export async function statusOf(
  channel: CommandChannel,
  wirePath: string,
  capabilities: ReadonlySet<string>,
): Promise<MailboxStatus> {
  let status = notTold
  await channel.run({
    attempt: `ask for the status of mailbox ${JSON.stringify(decodeWireName(wirePath))}`,
    name: 'STATUS',
    parts: [nameParts(wirePath), statusItems(capabilities)],
    onUntagged: (response) => {
      status = parseStatus(response)?.status ?? status
      return undefined
    },
  })
  return status
}

/** EXAMINE (RFC 9051 §6.3.3): the mailbox cannot be changed through it. `withModseq` asks for HIGHESTMODSEQ. */
export async function examine(
  channel: CommandChannel,
  wirePath: string,
  withModseq: boolean,
): Promise<ExaminedMailbox> {
  const attempt = `examine mailbox ${JSON.stringify(decodeWireName(wirePath))}`
  const told: { -readonly [Key in keyof MailboxStatus]: MailboxStatus[Key] } = { ...notTold }
  await channel.run({
    attempt,
    name: 'EXAMINE',
    parts: withModseq ? [nameParts(wirePath), '(CONDSTORE)'] : [nameParts(wirePath)],
    onUntagged: ({ text }) => {
      const exists = /^\* (\d+) EXISTS\b/i.exec(text)
      if (exists !== null) told.messages = toNumber(exists[1], max32)
      const code = /^\* OK \[(UIDVALIDITY|UIDNEXT|HIGHESTMODSEQ) (-?\d+)\]/i.exec(text)
      if (code?.[1]?.toUpperCase() === 'UIDVALIDITY') told.uidValidity = toUidValidity(code[2])
      if (code?.[1]?.toUpperCase() === 'UIDNEXT') told.uidNext = toPositive(code[2])
      if (code?.[1]?.toUpperCase() === 'HIGHESTMODSEQ') told.highestModseq = toModseq(code[2])
      return undefined
    },
  })
  if (told.messages === undefined) {
    throw new AppError({
      code: 'COMMAND_REJECTED',
      scope: 'mailbox',
      message: `could not ${attempt}: the server did not say how many messages it has`,
    })
  }
  return { ...told, messages: told.messages }
}
