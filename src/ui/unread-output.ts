import type { RawStream } from './terminal.ts'

const patienceMs = 1000

/** Of a process that was told to end: calls `end` when whoever reads its data has taken nothing for a while of what is left. */
export async function watchUnread(out: RawStream, end: () => void): Promise<void> {
  const { setTimeout } = await import('node:timers/promises')
  for (let left = out.writableLength ?? 0; ;) {
    await setTimeout(patienceMs, undefined, { ref: false })
    const before = left
    left = out.writableLength ?? 0
    if (left > 0 && left === before) end()
  }
}
