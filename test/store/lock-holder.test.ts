import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { programOf, whoWrites } from '../../src/store/lock-holder.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { Child, untilInputEnds } from './child.ts'

const hold = `
const { DatabaseSync } = await import('node:sqlite')
const database = new DatabaseSync(path)
database.exec(rest[0])
tell('held')
${untilInputEnds}
database.exec('ROLLBACK')
database.close()
`

test.each(['wal', 'delete'])('who holds the lock for writing is found by its process (journal: %s)', async (mode) => {
  const path = join(temporaryDirectory(), 'mail.db')
  const database = new Sqlite(path)
  database.pragma(`journal_mode = ${mode}`)
  database.exec('CREATE TABLE note (text TEXT)')
  // One that only reads is none.
  const reader = new Child(hold, [path, 'BEGIN; SELECT * FROM note'])
  await reader.told()
  expect(whoWrites(path)).toBeUndefined()
  const writer = new Child(hold, [path, 'BEGIN IMMEDIATE; INSERT INTO note VALUES (1)'])
  await writer.told()
  expect(whoWrites(path)).toEqual({ pid: writer.process.pid, program: 'node child.mjs' })
  // It was looked for without touching our own locks.
  database.exec('BEGIN')
  expect(database.prepare('SELECT count(*) FROM note').pluck().get()).toBe(0)
  database.exec('COMMIT')
  writer.goOn()
  reader.goOn()
  expect([await writer.ended(), await reader.ended()]).toEqual([0, 0])
  expect(whoWrites(path)).toBeUndefined()
  database.close()
})

test('our own lock is no other process, and a process that is not there has no program', () => {
  const path = join(temporaryDirectory(), 'mail.db')
  const database = new Sqlite(path)
  database.exec('CREATE TABLE note (text TEXT); BEGIN IMMEDIATE')
  expect(whoWrites(path)).toBeUndefined()
  expect(programOf(2 ** 30)).toBe('')
  database.close()
})
