import { spawn } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  /** Resolves once stdout has that text; rejects if the program ends before. */
  said(text: string): Promise<void>
  interrupt(): void
  readonly ended: Promise<Ended>
}

const nobody = 65_534

/** Somebody who has nothing: an empty home, hardly a variable, one Node in PATH; where the tests are root, another user,
 *  to whom a checkout in root's home is closed. */
export class CleanUser {
  readonly home: string
  readonly #path: string
  readonly #identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}

  /** `folder` has to be open to all. */
  constructor(folder: string, node: string) {
    this.home = join(folder, 'home')
    const programs = join(folder, 'node')
    for (const made of [this.home, programs]) mkdirSync(made, { recursive: true })
    copyFileSync(node, join(programs, 'node'))
    chmodSync(join(programs, 'node'), 0o755)
    chmodSync(this.home, 0o700)
    if (this.#identity.uid !== undefined) chownSync(this.home, nobody, nobody)
    this.#path = `${programs}:/usr/bin:/bin`
  }

  start(program: string, args: readonly string[]): Started {
    const env = { PATH: this.#path, HOME: this.home }
    const child = spawn(program, args, { ...this.#identity, env, cwd: this.home, stdio: ['ignore', 'pipe', 'pipe'] })
    const heard = { stdout: '', stderr: '' }
    child.stderr.setEncoding('utf8').on('data', (text: string) => (heard.stderr += text))
    child.stdout.setEncoding('utf8').on('data', (text: string) => (heard.stdout += text))
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (status) => resolve({ status, ...heard }))
    })
    const said = (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (heard.stdout.includes(text)) resolve()
        }
        child.stdout.on('data', look)
        child.on('close', () => reject(new Error(`it ended without saying "${text}": ${heard.stderr}`)))
        look()
      })
    return { said, ended, interrupt: () => child.kill('SIGINT') }
  }

  run(program: string, args: readonly string[]): Promise<Ended> {
    return this.start(program, args).ended
  }
}
