import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { homeAt } from '../support/mirrored-home.ts'
import { password } from '../support/run-sync.ts'
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
