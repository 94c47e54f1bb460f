import { expect } from 'vitest'
import { parseUidSet } from '../../src/model/uid-set.ts'
import type { DemoServer, ReceivedCommand } from '../../src/demo/demo-server.ts'

/** A `UID FETCH` that asks for octets of messages. */
const bodyFetch = /^\S+ UID FETCH (\S+) \(.*BODY\.PEEK\[\]\)$/

/** What was sent since a moment. */
export class WireLog {
  readonly #server: DemoServer
  #from = 0

  constructor(server: DemoServer) {
    this.#server = server
    this.restart()
  }

  restart(): void {
    this.#from = this.#server.commands.length
  }

  get commands(): readonly ReceivedCommand[] {
    return this.#server.commands.slice(this.#from)
  }

  /** The commands without tag and arguments, each with how often: `{ EXAMINE: 2 }`. */
  get counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const { line } of this.commands) {
      const name = /^\S+ ((?:UID )?\S+)/.exec(line)?.[1]?.toUpperCase() ?? line
      counts[name] = (counts[name] ?? 0) + 1
    }
    return counts
  }

  count(name: string): number {
    return this.counts[name] ?? 0
  }

  /** The sets of UIDs whose octets were asked for, in order. */
  get bodySets(): readonly string[] {
    return this.commands.flatMap(({ line }) => bodyFetch.exec(line)?.[1] ?? [])
  }

  /** How many messages' octets were asked for; one that was asked for twice counts twice. */
  get bodies(): number {
    return this.bodySets.reduce((sum, text) => sum + (parseUidSet(text)?.size ?? NaN), 0)
  }
}

/** Every command is one that a sync may send: it never writes to the server (rule 10). */
export function expectOnlyReading({ commands }: WireLog): void {
  expect(commands.map(({ line }) => line).filter((line) => !isAllowed(line))).toEqual([])
}

const reading =
  /^\S+ (?:CAPABILITY|ID|NAMESPACE|NOOP|LOGIN|AUTHENTICATE|ENABLE|LIST|STATUS|EXAMINE|IDLE|NOTIFY|UID SEARCH|UID FETCH|LOGOUT)\b/i

function isAllowed(line: string): boolean {
  if (!reading.test(line)) return false
  // Without PEEK a FETCH sets \Seen; ENVELOPE, BODYSTRUCTURE and RFC822 lose messages (F74, F78).
  return !/BODY\[|ENVELOPE|BODYSTRUCTURE|RFC822(?!\.SIZE)/.test(line)
}
