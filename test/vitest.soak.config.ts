import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Long trials, one at a time: `npm run soak`. Their file names end in `.soak.ts`. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.soak.ts'],
    reporters: ['default', './test/support/count-reporter.ts'],
    testTimeout: 24 * 60 * 60 * 1000,
    hookTimeout: 10 * 60 * 1000,
    fileParallelism: false,
    passWithNoTests: true,
  },
})
