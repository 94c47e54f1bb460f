import type { Database } from 'better-sqlite3'

/** Of two threads that turn out to be one, the smaller is renumbered; where both have as many ids they stay apart, so that no
 *  message costs more than this, whatever it refers to. */
const mostRenumbered = 10_000

/** Tells the thread of a message with these keys: its own number where nothing links it to another one. Messages whose ids link
 *  them, directly or through others, however they arrive, are one thread. */
export function threadFinder(index: Database): (id: number, keys: readonly number[]) => number {
  const threadOf = index.prepare<[number], number>('SELECT thread FROM thread_key WHERE key = ?').pluck()
  const addKey = index.prepare<[number, number]>(
    'INSERT INTO thread_key (key, thread) VALUES (?, ?) ON CONFLICT DO NOTHING',
  )
  const sizeOf = index
    .prepare<[number], number>(
      `SELECT count(*) FROM (SELECT 1 FROM thread_key WHERE thread = ? LIMIT ${mostRenumbered + 1})`,
    )
    .pluck()
  const moveKeys = index.prepare<[number, number]>('UPDATE thread_key SET thread = ? WHERE thread = ?')
  const moveMessages = index.prepare<[number, number]>('UPDATE message SET thread = ? WHERE thread = ?')

  const join = (left: number, right: number): number => {
    const sizes = [sizeOf.get(left) ?? 0, sizeOf.get(right) ?? 0]
    const [kept, moved] = (sizes[0] ?? 0) >= (sizes[1] ?? 0) ? [left, right] : [right, left]
    if (Math.min(...sizes) > mostRenumbered) return kept
    moveKeys.run(kept, moved)
    moveMessages.run(kept, moved)
    return kept
  }

  return (id, keys) => {
    let thread: number | undefined
    for (const key of keys) {
      const found = threadOf.get(key)
      if (found !== undefined && found !== thread) thread = thread === undefined ? found : join(thread, found)
    }
    thread ??= id
    for (const key of keys) addKey.run(key, thread)
    return thread
  }
}
