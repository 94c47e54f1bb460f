import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { executeElsewhere } from '../../src/store/long-statement.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const program = new URL('../../dist/statement-process.js', import.meta.url)
const endless = 'WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number) SELECT count(*) FROM number'

function openDatabase() {
  const database = new Sqlite(join(temporaryDirectory(), 'some.db'))
  onTestFinished(() => void database.close())
  database.exec('CREATE TABLE word (text TEXT)')
  return database
}

test('a statement that runs elsewhere has changed the file when it is over', async () => {
  const database = openDatabase()
  await executeElsewhere(program, new AbortController().signal)(database, `INSERT INTO word VALUES ('done')`)
  expect(database.prepare('SELECT text FROM word').pluck().all()).toEqual(['done'])
})

test('F13 a statement that would never end is ended by a signal, with its reason', async () => {
  const controller = new AbortController()
  const running = executeElsewhere(program, controller.signal)(openDatabase(), endless)
  controller.abort(new Error('interrupted'))
  await expect(running).rejects.toThrow('interrupted')
  const other = executeElsewhere(program, controller.signal)(openDatabase(), endless)
  await expect(other).rejects.toThrow('interrupted')
})

test('what SQLite says elsewhere is thrown here', async () => {
  const execute = executeElsewhere(program, new AbortController().signal)
  const database = openDatabase()
  await expect(execute(database, 'INSERT INTO none VALUES (1)')).rejects.toMatchObject({
    name: 'SqliteError',
    code: 'SQLITE_ERROR',
    message: 'no such table: none',
  })
  database.exec('BEGIN EXCLUSIVE')
  await expect(execute(database, 'VACUUM')).rejects.toMatchObject({ code: 'SQLITE_BUSY' })
})

test('a statement ends with the process that wanted it, whatever killed that', async () => {
  const database = openDatabase()
  const child = spawn(process.execPath, [fileURLToPath(program), database.name, endless], { stdio: ['pipe', 'ignore', 'pipe'] }) // prettier-ignore
  const closed = once(child, 'close')
  child.stdin.destroy()
  expect(await closed).toEqual([null, 'SIGKILL'])
})
