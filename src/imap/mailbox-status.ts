import type { MailboxStatus } from '../model/mailbox.ts'
import type { Command } from './command.ts'
import type { CommandChannel } from './command-channel.ts'
import type { Response } from './response-reader.ts'
import { isList, Scanner, toModseq, toNumber } from './tokens.ts'
import type { Value } from './tokens.ts'
import { decodeWireName, toArgument } from './wire-name.ts'

export const max32 = 0xffffffff

export function hasModseq(capabilities: ReadonlySet<string>): boolean {
  return capabilities.has('CONDSTORE') || capabilities.has('QRESYNC')
}

/** What is asked of a mailbox (RFC 9051 §6.3.11, RFC 7162 §3.1.7). */
export function statusItems(capabilities: ReadonlySet<string>): string {
  return `(MESSAGES UIDNEXT UIDVALIDITY${hasModseq(capabilities) ? ' HIGHESTMODSEQ' : ''})`
}

/** 0 and what is no 32-bit number are "not told" (F36, F38). */
export const toPositive = (value: Value): number | undefined => {
  const number = toNumber(value, max32)
  return number === 0 ? undefined : number
}

export const toUidValidity = (value: Value): bigint | undefined => {
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

export const notTold: MailboxStatus = {
  uidValidity: undefined,
  uidNext: undefined,
  messages: undefined,
  highestModseq: undefined,
}

export function nameParts(wirePath: string): Command['parts'][number] {
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
