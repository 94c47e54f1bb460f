import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { homeAt } from '../support/mirrored-home.ts'
import { password } from '../support/run-sync.ts'
import { Child, untilInputEnds } from '../store/child.ts'
import { diagnosed, mail } from './diagnosed-run.ts'

// A name of its own: strace is no dependency.
const tracer = 'strace'
const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

test.each([25, 60])(
  'a disk that takes %s ms for each flush: the store, by its commits, and its share as the flushes add up',
  async (delayMs) => {
    await using server = await startDemoServer({ store: mail(6, 3, 500), users: { ada: password } })
    const home = homeAt(server.port)
    const log = join(home.home, 'flushes')
    const inject = ['-e', 'trace=fdatasync,fsync', '-e', `inject=fdatasync,fsync:delay_enter=${delayMs * 1000}`]
    const sync = [process.execPath, program, ...home.args('sync', '-q', '--no-index')]
    const child = spawn(tracer, ['-f', '-qq', '-T', '--seccomp-bpf', '-y', '-o', log, ...inject, ...sync], {
      stdio: 'ignore',
      env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ADA_PASSWORD: password },
    })
    expect(await once(child, 'close')).toEqual([0, null])
    const { cause, share, sentence, json } = await diagnosed(home)
    expect([cause, sentence]).toEqual([
      'writer',
      expect.stringMatching(/^\d+ % of the time waiting for the store: \d+ commits took .* The disk takes its time/),
    ])
    // The profile is written when the run has been measured.
    const flushes = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => !line.includes('.profile.db'))
    const seconds = flushes.reduce((sum, line) => sum + Number(/<([\d.]+)>$/.exec(line)?.[1] ?? 0), 0)
    expect(seconds * 1000).toBeGreaterThan(20 * delayMs)
    expect(Math.abs(share - (seconds * 1000) / Number(json['elapsedMs']))).toBeLessThan(0.05)
  },
)

/** Tells when it holds the lock for writing, and holds it for so long. */
const holdToWrite = `
const { DatabaseSync } = await import('node:sqlite')
const database = new DatabaseSync(path)
const { setTimeout } = await import('node:timers/promises')
process.stdin.once('end', async () => {
  database.exec('BEGIN IMMEDIATE')
  tell('held')
  await setTimeout(Number(rest[0]))
  database.exec('ROLLBACK')
  database.close()
})
process.stdin.resume()
tell('ready')
`

test.each([1500, 3000])(
  'a program that holds the lock for writing for %s ms: which one, and its share',
  async (heldMs) => {
    await using server = await startDemoServer({ store: mail(1, 3, 500), users: { ada: password } })
    const home = homeAt(server.port)
    await home.run('sync', '-q', '--no-index')
    const holder = new Child(holdToWrite, [home.store, `${heldMs}`])
    expect(await holder.told()).toBe('ready')
    const run = async (): Promise<void> => {
      holder.goOn()
      await holder.told()
    }
    server.faults.add({ when: { command: / LIST /, nth: 1 }, action: { kind: 'run', run } })
    expect(await home.run('sync', '-q', '--no-index')).toMatchObject({ status: 0, stderr: '' })
    const { cause, share, sentence, json } = await diagnosed(home)
    expect([cause, sentence]).toEqual([
      'lock',
      expect.stringContaining(
        ` % of the time waiting for process ${holder.process.pid} (node child.mjs), which held the store's lock for writing `,
      ),
    ])
    expect(Math.abs(share - heldMs / Number(json['elapsedMs']))).toBeLessThan(0.05)
  },
)

test.each([1600, 3100])(
  'a sync that has to wait %s ms for another one: for which process, and the share',
  async (heldMs) => {
    await using server = await startDemoServer({ store: mail(1, 3, 500), users: { ada: password } })
    const home = homeAt(server.port)
    const holder = new Child(`const store = await open(); tell('held'); ${untilInputEnds}; await store.close()`, [
      home.store,
    ])
    await holder.told()
    const waiting = home.run('sync', '-q', '--no-index', '--wait', '20s')
    await delay(heldMs)
    holder.goOn()
    expect(await waiting).toMatchObject({ status: 0, stderr: '' })
    const { cause, share, sentence, json } = await diagnosed(home)
    expect([cause, sentence]).toEqual([
      'lock',
      expect.stringMatching(
        new RegExp(
          String.raw`^\d+ % of the time waiting for another sync, process ${holder.process.pid} \(node child\.mjs\), to end\. `,
        ),
      ),
    ])
    // What comes after is a sync of an instant.
    expect(share).toBeGreaterThan(1 - 500 / Number(json['elapsedMs']))
  },
)
