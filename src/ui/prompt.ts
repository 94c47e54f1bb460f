import { password, text } from '@clack/prompts'
import { AppError } from '../model/errors.ts'
import type { AskPassword } from '../model/secrets.ts'
import { safeText } from './safe-text.ts'
import type { PromptStreams } from './terminal.ts'

/** Nothing of what is typed is shown, not even how much. */
export function passwordPrompt(streams: PromptStreams): AskPassword {
  return async ({ account, user, reason }, signal) => {
    const question = `Password of ${safeText(user)} (account ${safeText(account)})`
    const message = reason === undefined ? question : `${safeText(reason)}\n${question}`
    return answered(await password({ ...streams, message, mask: '', signal }), signal)
  }
}

export async function askText(message: string, streams: PromptStreams, signal: AbortSignal): Promise<string> {
  return answered(await text({ ...streams, message: safeText(message), signal }), signal)
}

function answered(answer: string | symbol | undefined, signal: AbortSignal): string {
  if (typeof answer !== 'symbol' && !signal.aborted) return answer ?? ''
  throw new AppError({ code: 'INTERRUPTED', message: 'interrupted at a question' })
}
