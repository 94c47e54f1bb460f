import { isatty, WriteStream } from 'node:tty'
import { confirm, isCancel, log, password, select, text } from '@clack/prompts'
import type { CANCEL_SYMBOL } from '@clack/prompts'
import { AppError } from '../model/errors.ts'
import { safeLines, safeText } from './safe-text.ts'

export interface Choice<T extends string> {
  readonly value: T
  readonly label: string
  readonly hint?: string
}

export interface TextQuestion {
  readonly message: string
  readonly initial?: string
  /** What is wrong with an answer; undefined: nothing. */
  readonly fault?: (answer: string) => string | undefined
}

/** Asks a person at a terminal, one question at a time. Whatever is shown is made safe here. Each question throws INTERRUPTED when
 *  the person has had enough. */
export interface Questions {
  say(message: string, hints?: readonly string[]): void
  warn(message: string, hints?: readonly string[]): void
  text(question: TextQuestion): Promise<string>
  /** Not shown while it is typed. Empty only where that is allowed. */
  password(message: string, mayBeEmpty?: boolean): Promise<string>
  confirm(message: string, initial: boolean): Promise<boolean>
  choose<T extends string>(message: string, choices: readonly Choice<T>[]): Promise<T>
}

/** Whether there is somebody to ask: stdin and stderr are terminals. */
export function canAsk(): boolean {
  return isatty(0) && isatty(2)
}

async function answered<T>(asking: Promise<T | typeof CANCEL_SYMBOL>): Promise<T> {
  const answer = await asking
  if (isCancel(answer)) {
    throw new AppError({ code: 'INTERRUPTED', message: 'interrupted', hint: 'nothing was written' })
  }
  return answer
}

/** On stderr, as everything that is not data. */
export function openQuestions(signal: AbortSignal): Questions {
  const output = new WriteStream(2)
  const common = { output, signal }
  return {
    say: (message, hints = []) => log.info(block(message, hints), { output }),
    warn: (message, hints = []) => log.warn(block(message, hints), { output }),
    text: async ({ message, initial, fault = () => undefined }) => {
      const validate = (answer = ''): string | undefined => fault(answer.trim())
      const initialValue = initial === undefined ? {} : { initialValue: safeText(initial) }
      return (await answered(text({ ...common, ...initialValue, message: safeText(message), validate }))).trim()
    },
    password: async (message, mayBeEmpty = false) => {
      const answer = await answered<string | undefined>(
        password({
          ...common,
          message: safeText(message),
          clearOnError: true,
          validate: (typed = '') => (typed === '' && !mayBeEmpty ? 'It is empty.' : undefined),
        }),
      )
      return answer ?? ''
    },
    confirm: (message, initialValue) => answered(confirm({ ...common, message: safeText(message), initialValue })),
    choose: async <T extends string>(message: string, choices: readonly Choice<T>[]) => {
      const options = choices.map(({ value, label, hint }): { value: string; label: string; hint?: string } => ({
        value,
        label: safeText(label),
        ...(hint === undefined ? {} : { hint: safeText(hint) }),
      }))
      const chosen = await answered(select({ ...common, message: safeText(message), options }))
      const choice = choices.find(({ value }) => value === chosen)
      if (choice === undefined) throw new Error('an answer that was not offered')
      return choice.value
    },
  }
}

function block(message: string, hints: readonly string[]): string {
  return [message, ...hints].flatMap(safeLines).join('\n')
}
