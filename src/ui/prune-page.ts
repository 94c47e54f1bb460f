import { formatOctets } from '../model/format-octets.ts'
import type { PrunedMailbox, PruneOutcome, PrunePlan } from '../upkeep/prune-ports.ts'
import { blockOf } from './error-report.ts'
import { countOf, formatCount } from './format-count.ts'
import { safeJson, safeText } from './safe-text.ts'
import type { Style } from './style.ts'
import { renderTable } from './table.ts'

export interface StorePlan {
  readonly store: string
  readonly plan: PrunePlan
}

export interface StorePruning {
  readonly store: string
  readonly outcome: PruneOutcome
}

interface PlanLayout {
  readonly columns: number
  readonly style: Style
  /** Said last of all where anything would go. */
  readonly note: string | undefined
  readonly isDryRun: boolean
}

/** What would go, by mailbox, and the sum. */
export function prunePlanPage(plans: readonly StorePlan[], layout: PlanLayout): readonly string[] {
  const { messages, octets, present, unfinished } = sumOf(plans)
  if (messages + present + unfinished === 0) return ['nothing to prune']
  const rest = unfinished > 0 ? [`${countOf(unfinished, 'interrupted prune')} will be ended too`] : []
  if (messages + present === 0) return ['nothing new to prune', ...rest]
  const boxes = plans.flatMap(({ plan }) => plan.mailboxes)
  const table = renderTable({
    columns: [
      { title: 'mailbox', align: 'left', shrink: 'middle' },
      { title: 'messages', align: 'right' },
      { title: 'octets', align: 'right' },
    ],
    rows: boxes.map((box) => [
      { text: `${box.account}/${box.path}` },
      { text: formatCount(box.messages) },
      { text: formatOctets(box.octets) },
    ]),
    width: layout.columns,
    paintTitle: layout.style.bold,
  })
  const verb = layout.isDryRun ? 'would be removed' : 'to be removed'
  const still = present > 0 ? [`${countOf(present, 'message')} of these mailboxes will count as removed`] : []
  const sum = `${countOf(messages, 'message')} (${formatOctets(octets)}) ${verb} for good`
  return [...table, '', sum, ...still, ...rest, ...(layout.note === undefined ? [] : [layout.note])]
}

function sumOf(plans: readonly StorePlan[]) {
  const sum = (pick: 'messages' | 'octets' | 'present' | 'unfinished'): number =>
    plans.reduce((total, { plan }) => total + plan[pick], 0)
  return { messages: sum('messages'), octets: sum('octets'), present: sum('present'), unfinished: sum('unfinished') }
}

/** One document: what goes by mailbox, and what became of each store. */
export function pruneJson(plans: readonly StorePlan[], done: readonly StorePruning[], isDryRun: boolean): string {
  const { messages, octets } = sumOf(plans)
  return safeJson({
    v: 1,
    dryRun: isDryRun,
    messages,
    octets,
    mailboxes: plans.flatMap(({ plan }) => plan.mailboxes.map(mailboxJson)),
    stores: done.map(({ store, outcome }) => ({
      store,
      messages: outcome.messages,
      octets: outcome.octets,
      before: outcome.before,
      after: outcome.after,
      overwritten: outcome.trouble === undefined,
    })),
  })
}

const mailboxJson = ({ account, path, messages, octets }: PrunedMailbox) => ({
  account,
  mailbox: path,
  messages,
  octets,
})

/** For stderr: what went, and what is left to be done. */
export function prunedLines(done: readonly StorePruning[]): {
  readonly lines: readonly string[]
  readonly warnings: readonly string[]
} {
  return {
    lines: done.map(({ store, outcome: { messages, octets, before, after } }) => {
      const gone = `${countOf(messages, 'message')} (${formatOctets(octets)}) removed for good`
      return `mailmirror: ${safeText(store)}: ${gone}; files ${formatOctets(before)} before, ${formatOctets(after)} now`
    }),
    warnings: done.flatMap(({ store, outcome: { trouble } }) => {
      if (trouble === undefined) return []
      const why =
        trouble === 'room'
          ? 'the disk has no room to write the files anew'
          : 'another process reads the state from before'
      return blockOf(
        `${store}: removed and overwritten, but copies may be left in unused parts of the files: ${why}`,
        trouble === 'room'
          ? 'free some space, then run `mailmirror compact`'
          : 'run `mailmirror compact` when it has ended',
      )
    }),
  }
}
