import type { HookEvent } from '../hooks/events.ts'
import type { ReportedError } from '../sync/events.ts'
import { hookEventText } from './hooks-page.ts'
import type { Detail } from './sync-lines.ts'

/** What a run that lasts tells of its hooks. */
export type HookReport =
  | HookEvent
  /** These are told from now on, and no others. */
  | { readonly type: 'hooks-began'; readonly hooks: readonly string[] }
  /** Hooks that nobody can be told by. */
  | { readonly type: 'hooks-failed'; readonly error: ReportedError }
  /** What a program printed that was told, cut; unsafe. */
  | { readonly type: 'hook-output'; readonly hook: string; readonly text: string }

const types: Readonly<Record<HookReport['type'], true>> = {
  'changes-delivered': true,
  'delivery-failed': true,
  'change-given-up': true,
  'hooks-began': true,
  'hooks-failed': true,
  'hook-output': true,
}

export function isOfHooks(event: { readonly type: string }): event is HookReport {
  return Object.hasOwn(types, event.type)
}

/** Unsafe. Of an outage its beginning and its end are told; undefined: below the wanted detail. */
export function hookReportLine(report: HookReport, detail: Detail): string | undefined {
  switch (report.type) {
    case 'hooks-began':
      return report.hooks.length === 0 ? 'hooks: none any more' : `hooks: ${report.hooks.join(', ')}`
    case 'hooks-failed':
      return `hooks are not told: ${report.error.message}`
    case 'hook-output':
      return detail > 0 ? `hook "${report.hook}" says: ${report.text}` : undefined
    case 'changes-delivered':
    case 'delivery-failed':
    case 'change-given-up':
      return detail > 0 || isTurn(report) ? hookEventText(report) : undefined
  }
}

/** For better or worse. Unless it is one, nobody needs to know. */
function isTurn(event: HookEvent): boolean {
  if (event.type === 'change-given-up') return true
  return (event.type === 'changes-delivered') === event.failures > 0
}
