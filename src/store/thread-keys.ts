import { hash } from 'node:crypto'
import type { MessageFields } from '../search/extracted-message.ts'

/** Ids that a message can be known by, or refer to. */
const mostKeys = 256

/** What puts a message into a thread: the ids that it has and refers to, and those that servers gave its thread. */
export interface ThreadLinks {
  readonly fields: Pick<MessageFields, 'messageId' | 'references' | 'inReplyTo'>
  /** Each with the account in front: they are unique there only. */
  readonly serverThreads: readonly string[]
}

/** What messages of a thread have in common: each id as a number. */
export function threadKeysOf({ fields, serverThreads }: ThreadLinks): readonly number[] {
  const { messageId, references, inReplyTo } = fields
  const ids = [...(messageId === undefined ? [] : [messageId]), ...inReplyTo, ...references]
  const texts = [...ids.map((one) => `<${one}>`), ...serverThreads]
  return [...new Set(texts.slice(0, mostKeys).map(keyOf))]
}

/** 52 bits: a whole number in JavaScript too. Two ids with one key would merge two threads, no more. */
function keyOf(text: string): number {
  return Number.parseInt(hash('sha1', text, 'hex').slice(0, 13), 16)
}
