import type { FoldedStacks } from '../fold-samples.ts'
import type { RunProfile } from '../run-profile.ts'

/** The elapsed time by who is to blame, as FlameGraph's tools read it: `account;mailbox;command;[state] MICROSECONDS`, a line each. Names
 *  hold no semicolon; the number follows the last blank. */
export function foldedText({ sums, unblamedMicros }: RunProfile): string {
  const lines = sums.flatMap(({ account, mailbox, command, blameMicros }) => {
    const stack = [account, mailbox === '' ? '(no mailbox)' : mailbox, command === '' ? '(between commands)' : command]
    return Object.entries(blameMicros)
      .filter(([, micros]) => Math.round(micros) > 0)
      .map(([state, micros]) => `${stack.join(';')};[${state}] ${Math.round(micros)}\n`)
  })
  if (Math.round(unblamedMicros) > 0) lines.push(`(nobody waits or computes) ${Math.round(unblamedMicros)}\n`)
  return lines.toSorted().join('')
}

/** Sampled stacks of the main thread, in the same form. */
export function stacksText(stacks: FoldedStacks): string {
  return [...stacks]
    .filter(([, micros]) => Math.round(micros) > 0)
    .map(([stack, micros]) => `main;${stack} ${Math.round(micros)}\n`)
    .toSorted()
    .join('')
}
