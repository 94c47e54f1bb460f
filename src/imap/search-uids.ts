import { AppError } from '../model/errors.ts'
import { emptyUidSet, formatUidSet, parseUidSet, toUid, uidIntersection, UidList, uidUnion } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import type { CommandChannel } from './command-channel.ts'
import { CommandRejected } from './command-error.ts'
import { isFetch, parseFetch } from './fetch-row.ts'
import type { Response } from './response-reader.ts'

/** S22: UIDs that one search may name. */
const maxUids = 20_000_000

/** What a server names, one by one or in ranges. */
class UidCollector {
  readonly #uids = new UidList()
  #ranges: UidSet | undefined
  /** Whether the server answered at all: no answer is not "none" (I03). */
  isTold = false

  add(number: number): void {
    const uid = toUid(number)
    if (uid === undefined) return
    if (this.#uids.length >= maxUids) throw tooMany()
    this.#uids.add(uid)
  }

  addSet(set: UidSet): void {
    this.#ranges = this.#ranges === undefined ? set : uidUnion(this.#ranges, set)
    if (this.#ranges.size > maxUids) throw tooMany()
  }

  get set(): UidSet {
    const listed = this.#uids.toSet()
    return this.#ranges === undefined ? listed : uidUnion(listed, this.#ranges)
  }
}

/** UID SEARCH (RFC 9051 §6.4.4) for `criteria`, as ranges where the server can (RFC 4731). */
export async function searchUids(
  channel: CommandChannel,
  capabilities: ReadonlySet<string>,
  criteria: string,
): Promise<UidSet> {
  const forms = capabilities.has('ESEARCH') ? [`RETURN (ALL) ${criteria}`, criteria] : [criteria]
  let refusal: CommandRejected | undefined
  for (const form of forms) {
    try {
      const found = await search(channel, form)
      if (found !== undefined) return found
    } catch (error) {
      // A NO is not the form's fault.
      if (!(error instanceof CommandRejected) || !error.isBad) throw error
      refusal = error
    }
  }
  if (refusal !== undefined) throw refusal
  throw new AppError({
    code: 'COMMAND_REJECTED',
    scope: 'mailbox',
    message: 'could not search the mailbox: the server gave no answer that can be read',
  })
}

/** undefined: the server said OK and named nothing, not even an empty list (I03), or not in a way that can be read. */
async function search(channel: CommandChannel, form: string): Promise<UidSet | undefined> {
  const found = new UidCollector()
  await channel.run({
    attempt: 'search the mailbox',
    name: 'UID SEARCH',
    parts: [form],
    onUntagged: (response) => {
      takeSearch(response, found)
      return undefined
    },
  })
  return found.isTold ? found.set : undefined
}

function takeSearch({ text }: Response, found: UidCollector): void {
  if (/^\* SEARCH\b/i.test(text)) {
    found.isTold = true
    takeNumbers(text, found)
    return
  }
  // Without UID they are sequence numbers (RFC 4731 §3.1).
  const match = /^\* ESEARCH(?: \(TAG [^)]*\))? UID\b/i.exec(text)
  if (match === null) return
  const all = / ALL (\S*)/i.exec(text)?.[1]
  // No ALL at all is how none is said, unless the rest says otherwise. One that cannot be read is no answer.
  if (all === '' || (all === undefined && / (?:MIN|MAX|COUNT) [1-9]/i.test(text))) return
  const set = all === undefined ? emptyUidSet : parseUidSet(all)
  if (set === undefined) return
  found.isTold = true
  found.addSet(set)
}

/** By hand: a list of a million numbers is no place for a million strings. */
function takeNumbers(text: string, found: UidCollector): void {
  let number = -1
  for (let at = '* SEARCH'.length; at <= text.length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit >= 0 && digit <= 9) {
      number = (number < 0 ? 0 : number) * 10 + digit
      continue
    }
    // `(MODSEQ 917162500)` may follow (RFC 7162 §3.1.5).
    if (text[at] === '(') break
    if (number >= 0) found.add(number)
    number = -1
  }
}

/** The UIDs of a mailbox, or of those among `within`, by FETCH: for servers that cannot SEARCH (F57). */
export async function fetchUids(channel: CommandChannel, within: UidSet | undefined): Promise<UidSet> {
  const found = new UidCollector()
  await channel.run({
    attempt: 'list the messages of the mailbox',
    name: 'UID FETCH',
    parts: [within === undefined ? '1:*' : formatUidSet(within), '(UID)'],
    onUntagged: (response) => {
      const uid = isFetch(response.text) ? parseFetch(response).row?.uid : undefined
      if (uid !== undefined) found.add(uid)
      return undefined
    },
  })
  return within === undefined ? found.set : uidIntersection(found.set, within)
}

function tooMany(): AppError {
  return new AppError({
    code: 'PROTOCOL_VIOLATION',
    message: `could not search the mailbox: the server names more than ${maxUids} messages`,
    hint: 'that many are never real: the server is broken',
  })
}
