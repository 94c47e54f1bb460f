import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** An empty directory (0700) that goes when the running test has finished. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mailmirror-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
