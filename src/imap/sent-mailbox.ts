import type { Account } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { Lane } from '../model/lane.ts'
import type { ListedMailbox } from '../model/mailbox.ts'
import { internalDateAt } from '../model/message.ts'
import { uidSetOf, uidSetOfRanges, uidsOf } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import type { SentMailbox, SentMailboxes } from '../send/ports.ts'
import {
  appendMessage,
  createMailbox,
  largestMessage,
  leaveMailbox,
  namespacePrefix,
  takesNul,
} from './adding-commands.ts'
import { examine } from './examine-mailbox.ts'
import { fetchHeaders } from './fetch-messages.ts'
import { openChannel } from './imap-source.ts'
import type { ImapSourceOptions, OpenChannel } from './imap-source.ts'
import { listMailboxes } from './list-mailboxes.ts'
import { max32 } from './mailbox-status.ts'
import { assertOnlyAdds } from './read-only.ts'
import { fetchUids, searchUids } from './search-uids.ts'

/** Where neither config nor server says: the first of these that is there. */
const usualNames = ['Sent', 'Sent Items', 'Sent Messages']
/** How many of the newest messages are looked at one by one: servers index late. */
const newestLookedAt = 20
/** A search that finds more was no search; what it found is looked at in pieces. */
const lookedAtOnce = 200

/** Logs in as a sync does, on connections of its own that can only add (F99). */
export function createSentMailboxes(options: ImapSourceOptions, openLane: (account: Account) => Lane): SentMailboxes {
  return {
    open: async (account, signal) => {
      const use = { lane: openLane(account), signal, assertAllowed: assertOnlyAdds }
      const opened = await openChannel(account, options, use)
      try {
        return new ImapSentMailbox(opened, await findOrMake(opened, account))
      } catch (error) {
        await opened.channel.logout()
        throw error
      }
    },
  }
}

type Place = Pick<ListedMailbox, 'path' | 'wirePath'>

async function findOrMake({ channel, capabilities }: OpenChannel, { specialUse }: Account): Promise<Place> {
  const listed = (await listMailboxes(channel, capabilities)).filter(({ selectable }) => selectable)
  const withRole =
    listed.find(({ path }) => specialUse[path] === 'sent') ??
    listed.find((one) => one.specialUse === 'sent' && specialUse[one.path] === undefined)
  if (withRole !== undefined) return withRole
  const prefix = await namespacePrefix(channel, capabilities)
  const path = `${prefix}Sent`
  return byName(listed, prefix, specialUse) ?? { path, wirePath: await createMailbox(channel, path) }
}

/** Among those that have no other role. */
function byName(
  listed: readonly ListedMailbox[],
  prefix: string,
  roles: Account['specialUse'],
): ListedMailbox | undefined {
  const free = listed.filter(({ path, specialUse }) => (roles[path] ?? specialUse) === undefined)
  for (const name of usualNames) {
    for (const wanted of [prefix + name, name]) {
      const found = free.find(({ path }) => path.toLowerCase() === wanted.toLowerCase())
      if (found !== undefined) return found
    }
  }
  return undefined
}

class ImapSentMailbox implements SentMailbox {
  readonly #channel: OpenChannel['channel']
  readonly #capabilities: ReadonlySet<string>
  readonly #place: Place
  #isExamining = false

  constructor({ channel, capabilities }: OpenChannel, place: Place) {
    this.#channel = channel
    this.#capabilities = capabilities
    this.#place = place
  }

  get path(): string {
    return this.#place.path
  }

  async holds(messageId: string): Promise<boolean> {
    const criteria = criteriaFor(messageId, this.#attempt('look for a message in'))
    this.#isExamining = true
    const { messages, uidNext } = await examine(this.#channel, this.#place.wirePath)
    const found = await searchUids(this.#channel, this.#capabilities, criteria)
    if (await this.#isAmong(found, messageId, 'found')) return true
    return messages > 0 && this.#isAmong(await this.#newest(uidNext), messageId, 'newest')
  }

  async #newest(uidNext: number | undefined): Promise<UidSet> {
    if (uidNext === undefined) {
      return uidSetOf([...uidsOf(await fetchUids(this.#channel, undefined))].slice(-newestLookedAt))
    }
    // What has come since EXAMINE has higher ones.
    return uidSetOfRanges([[Math.max(1, uidNext - newestLookedAt), Math.min(max32, uidNext + newestLookedAt)]])
  }

  /** A search may be for a part of the header, or be answered with everything: what it finds is a hint. */
  async #isAmong(uids: UidSet, messageId: string, which: 'found' | 'newest'): Promise<boolean> {
    const newestFirst = [...uidsOf(uids)].toReversed()
    for (let start = 0; start < newestFirst.length; start += lookedAtOnce) {
      const verdicts: ('it' | 'another' | 'unreadable')[] = []
      await fetchHeaders(this.#channel, noExtensions, {
        uids: uidSetOf(newestFirst.slice(start, start + lookedAtOnce)),
        onHeader: (_row, fields) => {
          if (fields === undefined) verdicts.push('unreadable')
          else verdicts.push(hasMessageId(fields, messageId) ? 'it' : 'another')
        },
      })
      if (verdicts.includes('it')) return true
      if (verdicts.includes('unreadable') && which === 'found') {
        throw this.#refused('look for a message in', 'the server found one and did not show its header')
      }
    }
    return false
  }

  async append(octets: Uint8Array, sentAtMs: number): Promise<void> {
    const limit = largestMessage(this.#capabilities)
    if (octets.length > limit) {
      throw this.#refused(
        'append to',
        `the message has ${octets.length} octets, and the server takes none with more than ${limit}`,
      )
    }
    if (octets.includes(0) && !takesNul(this.#capabilities)) {
      throw this.#refused('append to', 'the message holds NUL, and the server takes no such message')
    }
    if (this.#isExamining) await leaveMailbox(this.#channel, this.#capabilities)
    this.#isExamining = false
    await appendMessage(this.#channel, this.#place.wirePath, {
      octets: Buffer.from(octets.buffer, octets.byteOffset, octets.length),
      flags: [String.raw`\Seen`],
      internalDate: internalDateAt(Math.floor(sentAtMs / 1000)),
    })
  }

  close(): Promise<void> {
    return this.#channel.logout()
  }

  #attempt(what: string): string {
    return `${what} mailbox ${JSON.stringify(this.path)}`
  }

  #refused(what: string, why: string): AppError {
    return new AppError({
      code: 'COMMAND_REJECTED',
      scope: 'mailbox',
      message: `could not ${this.#attempt(what)}: ${why}`,
    })
  }
}

/** Modseqs and ids are not asked for. */
const noExtensions: ReadonlySet<string> = new Set()

/** What to search for: of an id beyond ASCII (RFC 6532) its longest part within, since servers differ in charsets. What is
 *  searched for may be any part of a field (RFC 9051 §6.4.4). Throws COMMAND_REJECTED for what no command can carry (S23). */
function criteriaFor(messageId: string, attempt: string): string {
  if (messageId === '' || /[\0\r\n]/.test(messageId)) {
    throw new AppError({
      code: 'COMMAND_REJECTED',
      scope: 'mailbox',
      message: `could not ${attempt}: its Message-ID ${JSON.stringify(messageId)} is empty or holds a line break or NUL`,
    })
  }
  const runs = messageId.match(/[ -~]+/g) ?? []
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  return `HEADER Message-ID "${longest.replace(/["\\]/g, String.raw`\$&`)}"`
}

/** Among the fields of one header, continued lines included. A comment may follow the id. */
function hasMessageId(fields: Uint8Array, messageId: string): boolean {
  const header = Buffer.from(fields.buffer, fields.byteOffset, fields.length).toString('latin1')
  const wanted = Buffer.from(messageId).toString('latin1').trim()
  return [...header.replace(/\r?\n(?=[ \t])/g, '').matchAll(/^message-id[ \t]*:(.*)$/gim)].some(([, value = '']) => {
    const told = value.trim()
    return told === wanted || told.startsWith(`${wanted} `)
  })
}
