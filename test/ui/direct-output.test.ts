import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { directOutput } from '../../src/ui/direct-output.ts'
import type { RawStream } from '../../src/ui/terminal.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Keeps how many octets are written to it. */
class CountingStream implements RawStream {
  octets = 0

  get writableLength(): number {
    return this.octets
  }

  write(data: string | Uint8Array, done: () => void): boolean {
    this.octets += Buffer.from(data).length
    done()
    return true
  }

  on(): unknown {
    return this
  }
}

function open(path: string, flags: number): number {
  const descriptor = openSync(path, flags, 0o600)
  onTestFinished(() => closeSync(descriptor))
  return descriptor
}

function namedPipe(): string {
  const path = join(temporaryDirectory(), 'pipe')
  execFileSync('sh', ['-c', 'mkfifo "$0"', path])
  return path
}

function written(stream: RawStream, data: string | Uint8Array): Promise<string | undefined> {
  return new Promise((resolve) => {
    stream.write(data, (error) => resolve(error?.message))
  })
}

const never = (): RawStream => {
  throw new Error('nothing else is needed')
}

test('text and octets go to a file at once', async () => {
  const path = join(temporaryDirectory(), 'out')
  const stream = directOutput(open(path, constants.O_CREAT | constants.O_WRONLY), never)
  expect(await written(stream, 'Zürich ')).toBeUndefined()
  expect(await written(stream, Buffer.from('東京'))).toBeUndefined()
  expect(readFileSync(path, 'utf8')).toBe('Zürich 東京')
})

test('F13 a reader that has gone away is told to whoever writes', async () => {
  const path = namedPipe()
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const stream = directOutput(open(path, constants.O_WRONLY), never)
  expect(await written(stream, 'one')).toBeUndefined()
  closeSync(reader)
  expect(await written(stream, 'two')).toMatch(/^EPIPE/)
})

test('where a pipe will not let us wait, what is left goes the usual way, and all that follows', async () => {
  const usual = new CountingStream()
  const descriptor = open(namedPipe(), constants.O_RDWR | constants.O_NONBLOCK)
  const stream = directOutput(descriptor, () => usual)
  expect(await written(stream, 'x'.repeat(300_000))).toBeUndefined()
  const left = usual.octets
  expect(left).toBeGreaterThan(0)
  expect(left).toBeLessThan(300_000)
  await written(stream, 'more')
  expect(usual.octets).toBe(left + 4)
})

test('where no write may hold up the process, all goes the usual way from the beginning', async () => {
  const usual = new CountingStream()
  const stream = directOutput(open(namedPipe(), constants.O_RDWR), () => usual)
  stream.neverBlock?.()
  await written(stream, 'one')
  expect([usual.octets, stream.writableLength]).toEqual([3, 3])
})

test('F13 whoever writes without end lets signals have their turn', async () => {
  const path = join(temporaryDirectory(), 'out')
  const stream = directOutput(open(path, constants.O_CREAT | constants.O_WRONLY), never)
  let turns = 0
  const next = (): void => {
    turns++
    if (turns < 5) setImmediate(next)
  }
  setImmediate(next)
  for (let count = 0; count < 100; count++) await written(stream, 'x'.repeat(10_000))
  expect(turns).toBe(5)
})

test('a terminal or another device is left to Node', () => {
  const usual = new CountingStream()
  expect(directOutput(open('/dev/null', constants.O_WRONLY), () => usual)).toBe(usual)
  expect(directOutput(999_999, () => usual)).toBe(usual)
})
