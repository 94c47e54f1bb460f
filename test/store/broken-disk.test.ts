import { expect, test } from 'vitest'
import { Child, succeeds } from './child.ts'
import { expectSoundStore, inspectStore } from './inspect-store.ts'
import { message, listedMailbox } from './sample-mail.ts'
import { temporaryStorePath, writeStore } from './sample-store.ts'
import { WritingParts } from './writing-parts.ts'

const hasStrace = succeeds('strace', '-V')

/** Lists one more mailbox with each call, and tells how each ended. */
const script = `
const store = await open()
const names = []
for (let number = 1; number <= 8; number++) {
  names.push(\`Archive/\${number}\`)
  const listed = names.map((name) => ({ path: name, wirePath: name, delimiter: '/', selectable: true, subscribed: true }))
  tell(await store.recordMailboxes('work', listed).then(() => 'written', codeOf))
}
await store.close()
`

test.skipIf(!hasStrace)('F09 a flush that failed is STORE_IO, and is never tried again', async () => {
  const path = temporaryStorePath()
  await writeStore(path, (store) => store.beginRun(['work']))
  const failing = [
    'strace',
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    'trace=fsync,fdatasync',
    '-e',
    'inject=fsync,fdatasync:error=EIO:when=8',
  ]
  const child = new Child(script, [path], failing)
  const told: unknown[] = []
  for (let line = await child.told(); line !== undefined; line = await child.told()) told.push(line)
  expect(await child.ended()).toBe(0)
  const written = told.indexOf('STORE_IO')
  expect(written).toBeGreaterThan(0)
  // The disk has recovered, but nobody knows what became of the octets.
  expect(told.slice(written)).toEqual(told.slice(written).map(() => 'STORE_IO'))
  expectSoundStore(path)
  expect(inspectStore(path).mailboxes).toHaveLength(written)
})

test('F05 instants of the log never decrease, whatever the clock does', async () => {
  const path = temporaryStorePath()
  let nowMs = Date.UTC(2024, 0, 1)
  for (const jumpHours of [0, -3, 40 * 24, -50 * 24]) {
    nowMs += jumpHours * 3_600_000
    const parts = new WritingParts(path, () => nowMs)
    const { handlers } = parts.writer
    parts.do(handlers.recordMailboxes({ account: 'work', listed: [listedMailbox(`Box ${jumpHours}`)] }))
    const { id } = parts.do(handlers.openEpoch({ mailbox: 1, uidValidity: 7n }))
    parts.do(await parts.batch(id, [message(1), message(2)]))
    nowMs -= 60_000
    expect(parts.do(handlers.markRemoved({ epoch: id, bounds: Uint32Array.of(1, 1) }))).toBe(1)
    parts.close()
    expectSoundStore(path)
  }
})
