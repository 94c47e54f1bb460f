import { summedStacks } from '../samples.ts'
import type { Samples, SampledStack } from '../samples.ts'

/** Microseconds by stack: names from the root on, with semicolons between. */
export type FoldedStacks = ReadonlyMap<string, number>

/** Thread, then account, mailbox and command where they are known, then functions. */
export function sampledStacks(samples: Pick<Samples, 'threads'>): FoldedStacks {
  const stacks = new Map<string, number>()
  for (const one of summedStacks(samples)) {
    const stack = labelledStack(one)
    stacks.set(stack, (stacks.get(stack) ?? 0) + one.micros)
  }
  return stacks
}

/** What threads slept would be most of a picture. */
export function withoutIdle(stacks: FoldedStacks): FoldedStacks {
  return new Map([...stacks].filter(([stack]) => !isIdle(stack)))
}

function isIdle(stack: string): boolean {
  return stack === '(idle)' || stack.endsWith(';(idle)')
}

function labelledStack({ thread, account, mailbox, command, stack }: SampledStack): string {
  return [thread, ...labelFrames({ account, mailbox, command }), stack].join(';')
}

/** Account, mailbox and command as frames; none where there is no account. */
export function labelFrames(label: Pick<SampledStack, 'account' | 'mailbox' | 'command'>): readonly string[] {
  const { account, mailbox, command } = label
  if (account === '') return []
  return [account, mailbox === '' ? '(no mailbox)' : mailbox, command === '' ? '(between commands)' : command]
}

/** A function as stacks name it: `parse imap/tokens.ts:12`. */
export interface NamedFrame {
  readonly name: string
  /** Empty: it is V8's own. */
  readonly file: string
  /** From 1; 0: it is not known. */
  readonly line: number
}

/** Names hold blanks: the place follows the last one. */
export function parseFrame(frame: string): NamedFrame {
  const [, name = frame, file = '', line = '0'] = /^(.*) (\S+):(\d+)$/s.exec(frame) ?? []
  return { name, file, line: Number(line) }
}
