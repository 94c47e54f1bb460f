import { parsed } from './mirrored-home.ts'
import type { Home } from './mirrored-home.ts'
import { startCommand } from './run-command.ts'
import type { RunningCommand } from './run-command.ts'

/** A watch, and the events that it writes. */
export class Watching {
  readonly command: RunningCommand
  readonly #lines: Record<string, unknown>[] = []
  #read = 0
  #news = Promise.withResolvers<void>()

  constructor(home: Home, variables: Readonly<Record<string, string>> = {}, options: readonly string[] = []) {
    this.command = startCommand(home.args('watch', '--json', ...options), variables)
    this.command.onLine = (line) => {
      this.#lines.push(parsed(line))
      this.#news.resolve()
      this.#news = Promise.withResolvers()
    }
  }

  /** The next event of the type. */
  async next(type: string): Promise<Record<string, unknown>> {
    for (;;) {
      while (this.#read < this.#lines.length) {
        const event = this.#lines[this.#read++]
        if (event?.['type'] === type) return event
      }
      await this.#news.promise
    }
  }

  async end(signal: NodeJS.Signals) {
    this.command.child.kill(signal)
    return this.command.ended
  }
}
