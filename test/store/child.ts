import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Whether a program of the machine ends well. */
export function succeeds(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args).status === 0
}

const dist = new URL('../../dist/', import.meta.url)

/** How every child begins: the built store, and a line of JSON to its parent. */
const prelude = `
const { openMirrorStore } = await import('${new URL('store/sqlite-mirror-store.js', dist).href}')
const { openStoreReader } = await import('${new URL('store/sqlite-store-reader.js', dist).href}')
const { openWriter } = await import('${new URL('store/open-writer.js', dist).href}')
const [path, ...rest] = process.argv.slice(2)
const tell = (value) => process.stdout.write(JSON.stringify(value) + '\\n')
const open = () => openMirrorStore({ path, allowNetwork: false, version: '0.1.0' })
const codeOf = (error) => error.code ?? String(error)
`

/** A process of its own; it dies with the test. */
export class Child {
  readonly process: ChildProcess
  readonly #lines: AsyncIterator<string>

  /** `code` is the body of a module after the prelude; `under` is what to start it with, as in `strace …`. */
  constructor(code: string, args: readonly string[], under: readonly string[] = []) {
    const file = join(temporaryDirectory(), 'child.mjs')
    writeFileSync(file, prelude + code)
    const own = [process.execPath, file, ...args]
    const [command = '', ...rest] = [...under, ...own]
    this.process = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
    if (this.process.stdout === null) throw new Error('a child was started without a pipe')
    this.#lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]()
    onTestFinished(() => {
      this.process.kill('SIGKILL')
    })
  }

  /** The next thing that the child tells; undefined when it has ended. */
  async told(): Promise<unknown> {
    const line = await this.#lines.next()
    return line.done === true ? undefined : JSON.parse(line.value)
  }

  kill(): void {
    this.process.kill('SIGKILL')
  }

  /** Lets the child go on that waits for the end of its input. */
  goOn(): void {
    this.process.stdin?.end()
  }

  async ended(): Promise<number | NodeJS.Signals | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit')
    return this.process.signalCode ?? this.process.exitCode
  }
}

/** Waits for the end of the child's input; for use in a child's code. */
export const untilInputEnds = `for await (const _ of process.stdin) {}`
