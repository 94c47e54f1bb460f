import type { ExitStatus } from '../model/exit-status.ts'
import { formatOctets, formatRate } from '../model/format-octets.ts'
import type {
  AccountResult,
  IndexResult,
  MailboxResult,
  ReportedError,
  SyncFinished,
  UnsentMessage,
} from '../sync/events.ts'
import { wrapWords } from './cell-width.ts'
import { blockOf } from './error-report.ts'
import type { ErrorReport } from './error-report.ts'
import { countOf, formatCount } from './format-count.ts'
import { formatDuration } from './format-duration.ts'
import { safeText } from './safe-text.ts'

const mostMailboxesNamed = 10
const mostUidsNamed = 5

/** Sums over a run. */
interface Totals {
  readonly mailboxes: number
  readonly newMessages: number
  readonly octets: number
  readonly flagChanges: number
  readonly removed: number
  readonly failed: number
  readonly refused: number
}

function totalsOf(result: SyncFinished): Totals {
  const all = result.accounts.flatMap((account) => account.mailboxes)
  const sum = (pick: (mailbox: MailboxResult) => number): number => all.reduce((total, one) => total + pick(one), 0)
  return {
    mailboxes: all.length,
    newMessages: sum((mailbox) => mailbox.newMessages),
    octets: sum((mailbox) => mailbox.downloadedOctets),
    flagChanges: sum((mailbox) => mailbox.flagChanges),
    removed: sum((mailbox) => mailbox.removed),
    failed: sum((mailbox) => mailbox.failed.length),
    refused: sum((mailbox) => mailbox.refused),
  }
}

/** A run in one line, for a log. */
export function summaryLine(result: SyncFinished): string {
  const totals = totalsOf(result)
  const facts = [
    `${countOf(result.accounts.length, 'account')}, ${countOf(totals.mailboxes, 'mailbox', 'mailboxes')} ${result.complete ? 'complete' : 'INCOMPLETE'}`,
    ...factsOf(totals),
    ...sentFacts(result),
    `in ${formatDuration(result.durationMs)}`,
  ]
  return `mailmirror: ${facts.join(', ')}`
}

function factsOf(totals: Totals): readonly string[] {
  const facts = [
    `${countOf(totals.newMessages, 'new message')}${totals.octets > 0 ? ` (${formatOctets(totals.octets)})` : ''}`,
  ]
  if (totals.flagChanges > 0) facts.push(countOf(totals.flagChanges, 'flag change'))
  if (totals.removed > 0) facts.push(`${formatCount(totals.removed)} removed`)
  if (totals.failed > 0) facts.push(`${formatCount(totals.failed)} failed`)
  if (totals.refused > 0) facts.push(`${formatCount(totals.refused)} refused by size`)
  return facts
}

function sentFacts({ sending }: SyncFinished): readonly string[] {
  return sending === undefined || sending.sent === 0 ? [] : [`${formatCount(sending.sent)} sent`]
}

/** A run in a few lines for whoever sits before the terminal. */
export function summaryLines(result: SyncFinished, columns: number): readonly string[] {
  const totals = totalsOf(result)
  const head = `${result.complete ? 'Complete' : 'Incomplete'}: ${countOf(result.accounts.length, 'account')}, ${countOf(totals.mailboxes, 'mailbox', 'mailboxes')}`
  const rate = totals.octets > 0 ? [formatRate(totals.octets, result.durationMs)] : []
  const sentences = [
    `${head}, in ${[formatDuration(result.durationMs), ...rate].join(' at ')}.`,
    `${[...factsOf(totals), ...sentFacts(result)].join(', ')}.`,
    ...slowestOf(result),
  ]
  return sentences.flatMap((sentence) => wrapWords(sentence, columns - 1, '  '))
}

/** Worth a line only where there is something to choose from. */
function slowestOf(result: SyncFinished): readonly string[] {
  const all = result.accounts.flatMap(({ name, mailboxes }) => mailboxes.map((mailbox) => ({ name, mailbox })))
  const slowest = all.toSorted((left, right) => right.mailbox.durationMs - left.mailbox.durationMs)[0]
  if (slowest === undefined || all.length < 2 || slowest.mailbox.durationMs < 1000) return []
  const place = safeText(`${slowest.name}/${slowest.mailbox.path}`)
  return [`Slowest mailbox: ${place}, ${formatDuration(slowest.mailbox.durationMs)}.`]
}

/** What went wrong, why, and what to do next: one block per account that is not complete. */
export function failureBlocks(result: SyncFinished): readonly string[] {
  const bad = result.accounts.filter(({ outcome }) => outcome !== 'complete')
  return [
    ...bad.flatMap(failureBlock),
    ...(result.index ?? []).flatMap(indexBlock),
    ...(result.sending?.unsent ?? []).flatMap(unsentBlock),
  ]
}

function indexBlock({ error }: IndexResult): readonly string[] {
  if (error === undefined) return []
  const hint = error.hint ?? 'the mirror itself is whole; `mailmirror reindex` makes the index anew'
  return blockOf(`new messages cannot be searched yet: ${error.message}`, hint)
}

function unsentBlock({ id, account, state, reason }: UnsentMessage): readonly string[] {
  if (id === undefined) return blockOf(`the outbox could not be sent: ${reason}`, 'what is queued stays queued')
  const text =
    state === 'failed' ? 'a message of the outbox was rejected' : 'nobody knows whether the server has taken a message'
  return blockOf(`${account}: ${text} (outbox ${id}): ${reason}`, `\`mailmirror outbox show ${id}\` tells more`)
}

function failureBlock(account: AccountResult): readonly string[] {
  const { name, error, outcome } = account
  const isStopped = outcome === 'interrupted' || error?.code === 'INTERRUPTED'
  if (isStopped) {
    return blockOf(
      `${name}: stopped before it was complete`,
      `what was received is kept; \`mailmirror sync ${name}\` goes on from here`,
    )
  }
  if (error !== undefined) {
    return [...blockOf(`${name}: ${error.message}`, error.hint ?? hintOf(error, name)), ...incompleteLines(account)]
  }
  const bad = account.mailboxes.filter(({ complete }) => !complete)
  const head = `${name}: ${formatCount(bad.length)} of ${countOf(account.mailboxes.length, 'mailbox', 'mailboxes')} ${bad.length === 1 ? 'is' : 'are'} incomplete`
  return [
    ...blockOf(head, undefined),
    ...incompleteLines(account),
    `  run \`mailmirror sync ${safeText(name)}\` again: it tries once more what is missing`,
  ]
}

/** A run that is not complete as scripts get it told: the error of its only account, or a word for all of them. */
export function endReport({
  result,
  status,
}: {
  readonly result: SyncFinished
  readonly status: ExitStatus
}): ErrorReport {
  const bad = result.accounts.filter(({ outcome }) => outcome !== 'complete')
  const only =
    result.accounts.length === 1 ? (bad[0] ?? result.index?.find(({ error }) => error !== undefined))?.error : undefined
  return {
    code: only?.code ?? 'INCOMPLETE',
    message:
      only?.message ??
      unsentText(result, bad.length) ??
      `${formatCount(bad.length)} of ${countOf(result.accounts.length, 'account')} incomplete`,
    hint: only?.hint ?? 'run the same command again: it goes on from here',
    stack: undefined,
    exit: status,
  }
}

/** undefined: it is accounts that are incomplete. */
function unsentText({ sending }: SyncFinished, bad: number): string | undefined {
  const unsent = sending?.unsent.length ?? 0
  return bad > 0 || unsent === 0 ? undefined : `${countOf(unsent, 'message')} of the outbox could not be sent`
}

function hintOf({ code }: ReportedError, name: string): string {
  return code === 'INTERNAL'
    ? 'this is a bug in mailmirror; please report it with the output of the same command and --debug'
    : `what was committed is kept; run \`mailmirror sync ${name}\` again`
}

function incompleteLines({ mailboxes }: AccountResult): readonly string[] {
  const bad = mailboxes.filter(({ complete }) => !complete)
  const more = bad.length - mostMailboxesNamed
  return [
    ...bad.slice(0, mostMailboxesNamed).map((mailbox) => `  ${safeText(`${mailbox.path}: ${whyIncomplete(mailbox)}`)}`),
    ...(more > 0 ? [`  and ${countOf(more, 'more mailbox', 'more mailboxes')}; \`mailmirror status\` names them`] : []),
  ]
}

function whyIncomplete({ failed, reason }: MailboxResult): string {
  if (failed.length === 0) return reason ?? 'not finished'
  const named = failed.slice(0, mostUidsNamed).map((failure) => `UID ${failure.uid}: ${failure.reason}`)
  const more = failed.length > mostUidsNamed ? ', …' : ''
  const text = `${countOf(failed.length, 'message')} could not be fetched (${named.join(', ')}${more})`
  return reason === undefined ? text : `${reason}; ${text}`
}
