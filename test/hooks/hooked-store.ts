import { onTestFinished } from 'vitest'
import { messagesForHooks } from '../../src/commands/messages-for-hooks.ts'
import { createReceiver } from '../../src/delivery/create-receiver.ts'
import type { HookEvent, HookResult } from '../../src/hooks/events.ts'
import { HookCourier } from '../../src/hooks/hook-courier.ts'
import type { Patience } from '../../src/hooks/hook-courier.ts'
import type { HookReceiver, HookStore, WiredHook } from '../../src/hooks/ports.ts'
import type { Hook } from '../../src/model/account.ts'
import { parseQuery } from '../../src/search/parse-query.ts'
import { openSearcher } from '../../src/store/search-messages.ts'
import { openHookStore } from '../../src/store/sqlite-hook-store.ts'
import { nodeClock } from '../support/node-clock.ts'
import { commitBatch, message, openMailbox } from '../store/sample-mail.ts'
import type { Message } from '../store/sample-mail.ts'
import { writeStore } from '../store/sample-store.ts'

const threadUrl = new URL('../../dist/writer-thread.js', import.meta.url)

/** What stands in `INBOX` of a store: its mailbox and epoch are changes 1 and 2, its messages those from 3 on. */
export function writeMessages(path: string, messages: readonly Message[], mailbox = 'INBOX'): Promise<void> {
  return writeStore(path, async (store) => {
    const { id } = await openMailbox(store, mailbox)
    for (let from = 0; from < messages.length; from += 500) {
      await commitBatch(store, id, { messages: messages.slice(from, from + 500) })
    }
  })
}

export const messagesTo = (last: number): readonly Message[] => Array.from({ length: last }, (_, at) => message(at + 1))

export const seqsFrom = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at)

/** The hooks of a store, until the running test has finished. */
export async function hooksOf(path: string): Promise<HookStore> {
  const store = await openHookStore({ path, allowNetwork: false, version: '0.1.0', threadUrl, clock: () => 1000 })
  onTestFinished(() => store[Symbol.dispose]())
  return store
}

export function hookTo(url: string, more: Partial<Hook> = {}): WiredHook {
  const hook: Hook = {
    name: 'archive',
    target: { kind: 'url', url, secret: undefined },
    kinds: undefined,
    mailbox: undefined,
    query: undefined,
    ...more,
  }
  const { query } = hook
  return { hook, query: query === undefined ? undefined : parseQuery(query, { nowMs: 0 }) }
}

export interface Telling {
  readonly path: string
  readonly store: HookStore
  readonly hooks: readonly WiredHook[]
  readonly nowMs?: () => number
  readonly patience?: Patience
  readonly limitMs?: number
  readonly receiver?: HookReceiver
  readonly signal?: AbortSignal
}

export interface Told {
  readonly results: readonly HookResult[]
  readonly events: readonly HookEvent[]
}

const untilPaused: Patience = { limitMs: Infinity, pauseMs: 0 }

/** A courier that is under way; close its index with the test. */
export function startCourier(telling: Telling, events: HookEvent[] = []): HookCourier {
  const { path, store, hooks, nowMs = () => 1_800_000_000_000, limitMs = 20_000, signal } = telling
  const index = messagesForHooks(openSearcher({ path, allowNetwork: false }), (id) => id)
  onTestFinished(() => index[Symbol.dispose]())
  const environment = { PATH: process.env['PATH'] ?? '' }
  const receiver =
    telling.receiver ?? createReceiver({ version: '0.1.0', nowMs, limitMs, environment, onOutput: () => undefined })
  return new HookCourier(hooks, {
    store,
    storeName: 'mail',
    index,
    receiver,
    nowMs,
    clock: { monotonicMs: () => performance.now(), random: () => 0.5, delay: nodeClock.delay },
    signal: signal ?? new AbortController().signal,
    onEvent: (event) => events.push(event),
  })
}

/** Tells what is due. */
export async function tell(telling: Telling): Promise<Told> {
  const events: HookEvent[] = []
  const courier = startCourier(telling, events)
  return { results: await courier.finish(telling.patience ?? untilPaused), events }
}
