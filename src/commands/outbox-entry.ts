import { AppError } from '../model/errors.ts'
import type { OutboxEntry, OutboxReader } from '../send/outbox.ts'

/** Throws NO_SUCH_MESSAGE. */
export async function entryOf(
  reader: OutboxReader,
  { id, text }: { readonly id: number; readonly text: string },
): Promise<OutboxEntry> {
  const [entry] = await reader.entries({ id })
  if (entry === undefined) throw noSuchInOutbox(text, '`mailmirror outbox list --all` shows what there is')
  return entry
}

export function noSuchInOutbox(text: string, hint: string): AppError {
  return new AppError({ code: 'NO_SUCH_MESSAGE', message: `no message ${text} in the outbox`, hint, scope: 'message' })
}
