import type { AppError } from '../model/errors.ts'
import type { OnSendEvent, SendEvent } from '../send/events.ts'
import type { OutboxEntry } from '../send/outbox.ts'
import { blockOf } from './error-report.ts'
import { countOf, formatCount } from './format-count.ts'
import { formatDuration } from './format-duration.ts'
import { safeJson, safeText } from './safe-text.ts'
import { outboxJson, sendLines } from './send-page.ts'
import type { Terminal } from './terminal.ts'

export interface FlushEnd {
  /** Rejected by somebody, or unknown. */
  readonly unsent: readonly OutboxEntry[]
  readonly stopped: readonly AppError[]
  /** Another process sends. */
  readonly isBusy: boolean
}

export interface FlushReporter {
  readonly onEvent: OnSendEvent
  finish(): Promise<FlushEnd>
}

/** More messages than that are counted, and only troubles are named. */
const mostNamed = 10

/** Follows a flush of the outbox: what happens to each message, as JSON lines or in words at the end. */
export function flushReporter(
  { json, quiet }: { readonly json: boolean; readonly quiet: boolean },
  { out, err }: Terminal,
  nameOf: (entry: OutboxEntry) => string,
): FlushReporter {
  const entries: OutboxEntry[] = []
  const told: string[] = []
  const stopped: AppError[] = []
  let isBusy = false
  let writing = Promise.resolve()
  const say = (lines: readonly string[]): void => {
    writing = writing.then(() => err.write(lines.map((line) => `${line}\n`).join('')))
    writing.catch(() => undefined)
  }
  return {
    onEvent: (event) => {
      if ('entry' in event && event.type !== 'copy-filed') entries.push(event.entry)
      if (event.type === 'account-stopped' || event.type === 'copies-delayed') stopped.push(event.error)
      if (event.type === 'outbox-busy') isBusy = true
      if (event.type === 'account-paused' && !json && !quiet) say([pauseLine(event)])
      told.push(...troubleLines(event))
    },
    finish: async () => {
      await writing
      const unsent = entries.filter(isUnsent)
      if (json)
        await out.write(entries.map((entry) => `${safeJson({ v: 1, ...outboxJson(entry, nameOf(entry)) })}\n`).join(''))
      const named = entries.length <= mostNamed && !quiet ? entries : unsent
      const lines = named.flatMap((entry) => sendLines({ entry, name: nameOf(entry), trouble: undefined }))
      const summary = quiet || entries.length <= mostNamed ? [] : [summaryOf(entries)]
      if (!json && !quiet && entries.length + told.length === 0) told.push('mailmirror: nothing is due to be sent now')
      if (!json) await err.write([...lines, ...summary, ...told].map((line) => `${line}\n`).join(''))
      return { unsent, stopped, isBusy }
    },
  }
}

function isUnsent({ state, recipients }: OutboxEntry): boolean {
  return state === 'failed' || state === 'unknown' || recipients.some((one) => one.state === 'refused')
}

function pauseLine({ account, waitMs, reason }: Extract<SendEvent, { type: 'account-paused' }>): string {
  return safeText(`mailmirror: ${account}: waits ${formatDuration(waitMs)}: ${reason}`)
}

function troubleLines(event: SendEvent): readonly string[] {
  if (event.type === 'account-stopped')
    return blockOf(`${event.account}: ${event.error.message}`, event.error.hint ?? 'what is queued stays queued')
  if (event.type === 'copies-delayed')
    return blockOf(`${event.account}: no copy could be filed: ${event.error.message}`, 'the next sync tries again')
  return event.type === 'outbox-busy' ? ['mailmirror: another mailmirror is sending from this store'] : []
}

function summaryOf(entries: readonly OutboxEntry[]): string {
  const sent = entries.filter(({ state }) => state === 'sent').length
  const rest = entries.length - sent
  return `mailmirror: ${countOf(sent, 'message')} sent${rest === 0 ? '' : `, ${formatCount(rest)} not`}`
}
