import { setTimeout } from 'node:timers/promises'
import type { Clock } from '../../src/sync/ports.ts'

/** As main.ts has it. */
export const nodeClock: Pick<Clock, 'delay'> = {
  delay: async (ms, signal) => {
    await setTimeout(ms, undefined, { signal })
  },
}
