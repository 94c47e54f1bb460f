// The part of the composition root that only prune, compact and backup need.
import { createInterface } from 'node:readline/promises'
import { isatty } from 'node:tty'
import type { UpkeepParts } from './commands/upkeep-parts.ts'
import { AppError } from './model/errors.ts'
import { backUpStore } from './store/back-up-store.ts'
import { compactStore } from './store/compact-store.ts'
import { executeElsewhere } from './store/long-statement.ts'
import { openPruner, previewPruning } from './store/open-pruner.ts'

const stdin = 0

// oxlint-disable-next-line eslint/no-restricted-properties -- the clock of the process
const nowMs = (): number => Date.now()

/** `signal` ends what cannot be stopped from within. */
export function upkeepParts({
  version,
  signal,
}: {
  readonly version: string
  readonly signal: AbortSignal
}): UpkeepParts {
  const execute = executeElsewhere(new URL('statement-process.js', import.meta.url), signal)
  return {
    previewPruning: ({ storeOnNetwork: allowNetwork }, path, rule) => previewPruning({ path, allowNetwork }, rule),
    openPruner: ({ storeOnNetwork: allowNetwork }, path) => openPruner({ path, allowNetwork, version, nowMs, execute }),
    compact: ({ storeOnNetwork: allowNetwork }, path, pause) =>
      compactStore({ path, allowNetwork, nowMs, execute }, pause),
    backUp: ({ storeOnNetwork: allowNetwork }, request) => backUpStore({ ...request, allowNetwork, nowMs, execute }),
    isInputTerminal: isatty(stdin),
    readLine,
  }
}

async function readLine(signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin })
  try {
    const stop = (): void => lines.close()
    signal.addEventListener('abort', stop)
    for await (const line of lines) return line
    if (signal.aborted) throw new AppError({ code: 'INTERRUPTED', message: 'interrupted' })
    return ''
  } finally {
    lines.close()
  }
}
