import type { LogPosition } from '../model/change.ts'
import { AppError } from '../model/errors.ts'
import { positionOf, refuseSeveralStores } from './log-position.ts'

/** Where the logs of stores of these names begin: what `--since` says of each, STORE:SEQ, or of all. Throws USAGE. */
export function positionsOf(
  names: readonly string[],
  { since = [], nowMs }: { readonly since: readonly string[] | undefined; readonly nowMs: number },
): readonly LogPosition[] {
  const own = new Map<string, LogPosition>()
  let rest: LogPosition | undefined
  for (const text of since) {
    const name = names.find((one) => text.startsWith(`${one}:`) && /^\d{1,15}$/.test(text.slice(one.length + 1)))
    if (name === undefined) {
      if (rest !== undefined) throw twice(text)
      rest = positionOf('--since', text, nowMs)
      refuseSeveralStores(rest, names.length, `give --since STORE:SEQ for each (${names.join(', ')}), or a date`)
    } else if (own.has(name)) throw twice(text)
    else own.set(name, { afterSeq: Number(text.slice(name.length + 1)) })
  }
  return names.map((name) => own.get(name) ?? rest ?? { afterSeq: 0 })
}

function twice(text: string): AppError {
  return new AppError({
    code: 'USAGE',
    message: `--since ${text} comes after another for the same store`,
    hint: 'give one for each store: --since STORE:SEQ',
  })
}
