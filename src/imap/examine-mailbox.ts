import { AppError } from '../model/errors.ts'
import type { MailboxStatus } from '../model/mailbox.ts'
import { emptyUidSet, parseOpenUidSet, uidUnion } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import type { ExaminedMailbox, ResyncRequest } from '../sync/ports.ts'
import type { CommandChannel } from './command-channel.ts'
import { isFetch, parseFetch } from './fetch-row.ts'
import { max32, nameParts, notTold, toPositive, toUidValidity } from './mailbox-status.ts'
import type { Response } from './response-reader.ts'
import { toModseq, toNumber } from './tokens.ts'
import { decodeWireName } from './wire-name.ts'

type Told = { -readonly [Key in keyof MailboxStatus]: MailboxStatus[Key] }

/** EXAMINE (RFC 9051 §6.3.3): the mailbox cannot be changed through it. `CONDSTORE` asks for HIGHESTMODSEQ. */
export async function examine(
  channel: CommandChannel,
  wirePath: string,
  parameter?: 'CONDSTORE',
): Promise<ExaminedMailbox> {
  const told = await runExamine(channel, wirePath, { parameter, take: () => undefined })
  return { ...told, vanished: undefined }
}

/** EXAMINE with QRESYNC (RFC 7162 §3.2.5). Without known UIDs: with them servers tell of those alone, and new mail would
 *  cost a command of its own. undefined: the server's answer cannot be used, and the mailbox has to be examined without. */
export async function examineWithResync(
  channel: CommandChannel,
  wirePath: string,
  request: ResyncRequest,
): Promise<ExaminedMailbox | undefined> {
  const answer = new ResyncAnswer(request)
  const told = await runExamine(channel, wirePath, {
    parameter: `QRESYNC (${request.uidValidity} ${request.modseq})`,
    take: (response, sofar) => answer.take(response, sofar),
  })
  // Another epoch: there is nothing to resynchronise, and so nothing wrong either.
  if (told.uidValidity !== request.uidValidity) return { ...told, vanished: undefined }
  return answer.isUsable && told.highestModseq !== undefined ? { ...told, vanished: answer.vanished } : undefined
}

/** VANISHED (EARLIER) and FETCH among what EXAMINE is answered with. */
class ResyncAnswer {
  readonly #request: ResyncRequest
  #vanished = emptyUidSet
  #isOdd = false
  /** Something came before it was clear which mailbox and epoch it is about. */
  #isEarly = false

  constructor(request: ResyncRequest) {
    this.#request = request
  }

  get isUsable(): boolean {
    return !this.#isOdd && !this.#isEarly
  }

  get vanished(): UidSet {
    return this.#vanished
  }

  take(response: Response, { uidValidity }: Told): Promise<void> | undefined {
    const { text } = response
    // All before it was about the mailbox that was examined before (RFC 7162 §3.2.11).
    if (isClosed.test(text)) this.#isEarly = false
    const isRow = isFetch(text)
    if (!isRow && !isVanishedEarlier.test(text)) return undefined
    if (uidValidity === undefined) this.#isEarly = true
    if (uidValidity !== this.#request.uidValidity) return undefined
    return isRow ? this.#takeRow(response) : this.#takeVanished(text)
  }

  #takeRow(response: Response): Promise<void> | undefined {
    const { row } = parseFetch(response)
    if (row !== undefined) return this.#request.onRow(row)
    this.#isOdd = true
    return undefined
  }

  #takeVanished(text: string): undefined {
    const uids = parseOpenUidSet(text.replace(isVanishedEarlier, '').trim())
    if (uids === undefined || uids.size === 0) this.#isOdd = true
    else this.#vanished = uidUnion(this.#vanished, uids)
  }
}

const isClosed = /^\* OK \[CLOSED\]/i
/** Without EARLIER it tells of something that happens just now: a hint, which the next run will find true or not. */
const isVanishedEarlier = /^\* VANISHED \(EARLIER\)/i

interface ExamineParts {
  readonly parameter: string | undefined
  readonly take: (response: Response, sofar: Told) => Promise<void> | undefined
}

async function runExamine(
  channel: CommandChannel,
  wirePath: string,
  { parameter, take }: ExamineParts,
): Promise<Omit<ExaminedMailbox, 'vanished'>> {
  const path = decodeWireName(wirePath)
  const attempt = `examine mailbox ${JSON.stringify(path)}`
  channel.setMailbox(path)
  const told: Told = { ...notTold }
  await channel.run({
    attempt,
    name: 'EXAMINE',
    parts: parameter === undefined ? [nameParts(wirePath)] : [nameParts(wirePath), `(${parameter})`],
    onUntagged: (response) => {
      noteTold(told, response.text)
      return take(response, told)
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

function noteTold(told: Told, text: string): void {
  if (isClosed.test(text)) Object.assign(told, notTold)
  const exists = /^\* (\d+) EXISTS\b/i.exec(text)
  if (exists !== null) told.messages = toNumber(exists[1], max32)
  const code = /^\* OK \[(UIDVALIDITY|UIDNEXT|HIGHESTMODSEQ) (-?\d+)\]/i.exec(text)
  if (code?.[1]?.toUpperCase() === 'UIDVALIDITY') told.uidValidity = toUidValidity(code[2])
  if (code?.[1]?.toUpperCase() === 'UIDNEXT') told.uidNext = toPositive(code[2])
  if (code?.[1]?.toUpperCase() === 'HIGHESTMODSEQ') told.highestModseq = toModseq(code[2])
}
