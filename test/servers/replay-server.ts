import { startScriptedServer } from './scripted-server.ts'
import type { ScriptedServer } from './scripted-server.ts'

/** A command of a transcript, and what the server said to it. */
interface Exchange {
  readonly sent: string
  /** The last one is the tagged response; none: the connection was lost. */
  readonly received: string[]
}

interface Line {
  readonly c: number
  readonly open?: readonly string[]
  readonly sent?: string
  readonly received?: string
}

/** Plays a transcript that `sync --record` has made: whoever asks what was asked then is told what was told then, with
 *  octets of any kind in the place of messages. The same command that was asked several times has its answers in turn. */
export async function startReplay(transcript: string): Promise<ScriptedServer> {
  const lines = transcript.trim().split('\n').map(parseLine)
  const exchanges = readExchanges(lines)
  const capabilities = lines.find((line) => line.open !== undefined)?.open ?? []
  const played = new Map<string, number>()
  return startScriptedServer({
    capabilities: capabilities
      .filter((name) => !/^(?:AUTH=|COMPRESS=|STARTTLS|SASL-IR|LOGINDISABLED)/.test(name))
      .join(' '),
    answer: ({ text }, peer) => {
      const known = exchanges.get(text)
      if (known === undefined) return undefined
      const turn = played.get(text) ?? 0
      played.set(text, turn + 1)
      const exchange = known[Math.min(turn, known.length - 1)]
      const responses = exchange?.received ?? []
      const answer = responses.map((response) => `${filled(response)}\r\n`).join('')
      if (responses.at(-1)?.startsWith('* ') === false) return answer
      return async () => {
        await peer.send(answer)
        peer.end()
      }
    },
  })
}

function parseLine(text: string): Line {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a line that `Transcript` has written
  return JSON.parse(text) as Line
}

function readExchanges(lines: readonly Line[]): ReadonlyMap<string, readonly Exchange[]> {
  const exchanges = new Map<string, Exchange[]>()
  const running = new Map<number, Exchange>()
  for (const { c, sent, received } of lines) {
    if (sent !== undefined) {
      const exchange = { sent, received: [] }
      running.set(c, exchange)
      exchanges.set(sent, [...(exchanges.get(sent) ?? []), exchange])
    }
    if (received !== undefined) running.get(c)?.received.push(received.startsWith('* ') ? received : `TAG ${received}`)
  }
  return exchanges
}

/** Octets as many as were announced, behind each announcement. */
function filled(response: string): string {
  return response.replaceAll(/\{(\d+)\}/g, (marker, octets: string) => `${marker}\r\n${'x'.repeat(Number(octets))}`)
}
