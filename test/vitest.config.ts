import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** What is told of time is their subject: they run when all others have, one after the other, and again where the machine was busy with
 *  something else. */
const timed = ['test/profile/{planted-*,healthy-runs,what-if,cpu-profile,watchdog}.test.ts']

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    reporters: ['default', './test/support/count-reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'all', include: ['test/**/*.test.{ts,tsx}'], exclude: timed } },
      {
        extends: true,
        test: {
          name: 'timed',
          include: timed,
          retry: 2,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
