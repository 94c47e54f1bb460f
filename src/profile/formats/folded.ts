import type { FoldedStacks } from '../fold-samples.ts'
import type { RunProfile } from '../run-profile.ts'

/** The elapsed time by who is to blame: account, mailbox, command, state. Names hold no semicolon. */
export function blameStacks({ sums, unblamedMicros }: RunProfile): FoldedStacks {
  const stacks = new Map<string, number>()
  for (const { account, mailbox, command, blameMicros } of sums) {
    const place = [account, mailbox === '' ? '(no mailbox)' : mailbox, command === '' ? '(between commands)' : command]
    for (const [state, micros] of Object.entries(blameMicros)) stacks.set(`${place.join(';')};[${state}]`, micros)
  }
  if (unblamedMicros > 0) stacks.set('(nobody waits or computes)', unblamedMicros)
  return stacks
}

/** As FlameGraph's tools read it: `account;mailbox;command;[state] MICROSECONDS`, a line each. The number follows the last blank. */
export function foldedText(profile: RunProfile): string {
  return linesOf(blameStacks(profile), '')
}

/** Sampled stacks of the main thread, in the same form. */
export function stacksText(stacks: FoldedStacks): string {
  return linesOf(stacks, 'main;')
}

function linesOf(stacks: FoldedStacks, prefix: string): string {
  return [...stacks]
    .filter(([, micros]) => Math.round(micros) > 0)
    .map(([stack, micros]) => `${prefix}${stack} ${Math.round(micros)}\n`)
    .toSorted()
    .join('')
}
