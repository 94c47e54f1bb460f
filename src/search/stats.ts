import type { SearchedStore } from './search-stores.ts'

/** A message that counts: once for each store, however many mailboxes hold it. */
export interface CountedMessage {
  readonly octets: number
  /** In local time; undefined: nobody says when, or it is not indexed yet. */
  readonly year: number | undefined
  /** First sender as written; undefined: none, or not indexed yet. */
  readonly sender: { readonly name: string; readonly address: string } | undefined
}

export interface MailboxTotal {
  readonly account: string
  readonly path: string
  readonly messages: number
  readonly octets: number
}

export interface LargeAttachment {
  /** As `show` takes it. */
  readonly id: number | string
  readonly part: string
  readonly name: string | undefined
  readonly type: string
  /** Decoded. */
  readonly octets: number
  readonly subject: string | undefined
}

export interface StatsScope {
  /** Of each account its mailboxes; those that are not named do not count. */
  readonly isCounted: (account: string, path: string) => boolean
}

/** Counts what one store's mailboxes hold now; removed messages do not count. Reads one consistent state while it is iterated. */
export interface StatsReader {
  mailboxTotals(scope: StatsScope): readonly MailboxTotal[]
  messages(scope: StatsScope): Iterable<CountedMessage>
  largestAttachments(scope: StatsScope, limit: number): readonly (LargeAttachment & { readonly id: number })[]
  attachmentTotal(scope: StatsScope): Total
}

export interface Total {
  /** Messages, or attachments. */
  readonly count: number
  readonly octets: number
}

export interface YearTotal extends Total {
  /** undefined: no date is known. */
  readonly year: number | undefined
}

export interface SenderTotal extends Total {
  readonly name: string
  readonly address: string
}

/** What the mailboxes of any number of stores hold. */
export interface Stats {
  readonly all: Total
  /** In the order of their names. */
  readonly accounts: readonly (Total & { readonly name: string })[]
  readonly mailboxes: readonly MailboxTotal[]
  /** Newest first. */
  readonly years: readonly YearTotal[]
  /** Those whose messages take the most octets. */
  readonly senders: readonly SenderTotal[]
  readonly attachments: Total
  readonly largest: readonly LargeAttachment[]
}

interface Sum {
  count: number
  octets: number
}

/** Counts every store; `limit` senders and attachments. A content that two stores hold counts in both. */
export function countStores(stores: readonly SearchedStore[], scope: StatsScope, limit: number): Stats {
  const counter = new MessageCounter()
  const mailboxes: MailboxTotal[] = []
  const attachments = emptySum()
  const largest: LargeAttachment[] = []
  for (const { reader, name } of stores) {
    reader.stats((stats) => {
      mailboxes.push(...stats.mailboxTotals(scope))
      const { count, octets } = stats.attachmentTotal(scope)
      grow(attachments, octets, count)
      const found = stats.largestAttachments(scope, limit)
      largest.push(...found.map((one) => ({ ...one, id: name === undefined ? one.id : `${name}:${one.id}` })))
      for (const message of stats.messages(scope)) counter.add(message)
    })
  }
  return {
    all: counter.all,
    accounts: [...Map.groupBy(mailboxes, ({ account }) => account)].map(([name, own]) => ({ name, ...sumOf(own) })),
    mailboxes,
    years: counter.years(),
    senders: counter.senders(limit),
    attachments,
    largest: largest.toSorted((left, right) => right.octets - left.octets).slice(0, limit),
  }
}

/** Adds up by year and by sender. Addresses are one whatever their case; a sender is called what the first of his messages that
 *  gives a name calls him. */
class MessageCounter {
  readonly all: Sum = emptySum()
  readonly #years = new Map<number | undefined, Sum>()
  readonly #senders = new Map<string, Sum & { name: string; readonly address: string }>()

  add({ octets, year, sender }: CountedMessage): void {
    grow(this.all, octets)
    const ofYear = this.#years.get(year) ?? emptySum()
    this.#years.set(year, ofYear)
    grow(ofYear, octets)
    if (sender !== undefined) this.#addSender(sender, octets)
  }

  years(): readonly YearTotal[] {
    const newest = [...this.#years].toSorted(([left = -Infinity], [right = -Infinity]) => right - left)
    return newest.map(([year, { count, octets }]) => ({ year, count, octets }))
  }

  senders(limit: number): readonly SenderTotal[] {
    const byAddress = [...this.#senders.values()].toSorted((left, right) => (left.address < right.address ? -1 : 1))
    const largest = byAddress.toSorted((left, right) => right.octets - left.octets)
    return largest.slice(0, limit)
  }

  #addSender({ name, address }: { readonly name: string; readonly address: string }, octets: number): void {
    // Somebody without an address is not who has this name for his address.
    const key = address === '' ? `name ${name}` : address.toLowerCase()
    const known = this.#senders.get(key) ?? { name, address, ...emptySum() }
    if (known.name === '') known.name = name
    this.#senders.set(key, known)
    grow(known, octets)
  }
}

function emptySum(): Sum {
  return { count: 0, octets: 0 }
}

function grow(sum: Sum, octets: number, count = 1): void {
  sum.count += count
  sum.octets += octets
}

function sumOf(mailboxes: readonly MailboxTotal[]): Total {
  const sum = emptySum()
  for (const { messages, octets } of mailboxes) grow(sum, octets, messages)
  return sum
}
