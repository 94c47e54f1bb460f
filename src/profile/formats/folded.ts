import type { RunProfile } from '../run-profile.ts'
import { labelFrames } from './folded-stacks.ts'
import type { FoldedStacks } from './folded-stacks.ts'

/** The elapsed time by who is to blame: account, mailbox, command, state. Names hold no semicolon. */
export function blameStacks({ sums, unblamedMicros }: RunProfile): FoldedStacks {
  const stacks = new Map<string, number>()
  for (const { blameMicros, ...label } of sums) {
    const place = labelFrames(label).join(';')
    for (const [state, micros] of Object.entries(blameMicros)) stacks.set(`${place};[${state}]`, micros)
  }
  if (unblamedMicros > 0) stacks.set('(nobody waits or computes)', unblamedMicros)
  return stacks
}

/** As FlameGraph's tools read it: `account;mailbox;command;[state] MICROSECONDS`, a line each. The number follows the last blank. */
export function foldedText(stacks: FoldedStacks): string {
  return [...stacks]
    .filter(([, micros]) => Math.round(micros) > 0)
    .map(([stack, micros]) => `${stack} ${Math.round(micros)}\n`)
    .toSorted()
    .join('')
}
