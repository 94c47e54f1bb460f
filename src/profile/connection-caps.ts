import { connectionsUsed } from './connections-used.ts'
import type { Symptom } from './finding.ts'
import type { RunProfile } from './run-profile.ts'
import { blameOf, placeOf, shareOf } from './run-reading.ts'
import { nobody } from './samples.ts'
import { sayMicros, sayShare } from './say-numbers.ts'
import { simulate } from './simulate.ts'

/** With two accounts that take turns, the second one waits for half of the time. */
const leastWait = 0.4
/** What more connections must give, at best, to be recommended. */
const leastGain = 1.2

const poolState = 'wait: connection pool'

/** Fewer connections than would be of use: by our own limits, or by the server's. */
export function connectionCaps(run: RunProfile): readonly Symptom[] {
  const found = run.ceilings.length > 0 ? serverCap(run) : ownCap(run)
  return found === undefined ? [] : [found]
}

/** Accounts wait for their turn side by side: it took as long as the one that waited longest. */
function ownCap(run: RunProfile): Symptom | undefined {
  const { account, micros } = longestWait(run)
  const used = connectionsUsed(run.commands)
  const share = shareOf(run, micros)
  const wanted = used + Math.max(1, new Set(run.sums.filter(waitedLong(run)).map((one) => one.account)).size)
  const gain = gainOf(run, wanted)
  if (share < leastWait || gain < leastGain) return undefined
  return {
    cause: 'pool',
    share,
    ...nobody,
    account,
    isIll: true,
    pace: 'the allowed connections',
    explains: ['latency', 'bandwidth'],
    sentence: `${sayShare(share)} an account had to wait for its turn, ${account} for ${sayMicros(micros)}: no more than ${countText(used)} may be open at once. Raise \`connections\` in the config: ${wanted} would be ${gain.toFixed(1)} times faster at best, if the server bears them.`,
  }
}

function serverCap(run: RunProfile): Symptom | undefined {
  const states = ['wait: first byte', 'wait: transfer', poolState]
  const share = Math.max(shareOf(run, blameOf(run, states)), shareOf(run, longestWait(run).micros))
  const [least] = run.ceilings.toSorted((one, other) => one.borne - other.borne)
  const { account, borne, wanted } = least ?? { account: '', borne: 1, wanted: 1 }
  const gain = gainOf(run, wanted)
  if (share < leastWait || gain < leastGain) return undefined
  return {
    cause: 'ceiling',
    share,
    ...placeOf(run, states),
    account,
    isIll: true,
    pace: 'the connections that the server bears',
    explains: ['latency', 'bandwidth', 'pool'],
    sentence: `${sayShare(share)} waiting for the server of ${account}, which bears no more than ${countText(borne)} at once where ${wanted} are allowed here: those would be ${gain.toFixed(1)} times faster at best. The limit is the server's: close other mail programs that use it, or ask its owner for more.`,
  }
}

const countText = (count: number): string => `${count} connection${count === 1 ? '' : 's'}`

function longestWait({ sums }: RunProfile): { readonly account: string; readonly micros: number } {
  const waits = new Map<string, number>()
  for (const { account, laneMicros } of sums) {
    waits.set(account, (waits.get(account) ?? 0) + (laneMicros[poolState] ?? 0))
  }
  const [[account, micros] = ['', 0]] = [...waits].toSorted(([, one], [, other]) => other - one)
  return { account, micros }
}

const waitedLong =
  ({ elapsedMicros }: RunProfile) =>
  ({ laneMicros }: RunProfile['sums'][number]): boolean =>
    (laneMicros[poolState] ?? 0) > elapsedMicros / 20

function gainOf({ commands }: RunProfile, connections: number): number {
  const gain = simulate(commands, { connections: connectionsUsed(commands) }) / simulate(commands, { connections })
  return Number.isFinite(gain) ? gain : 1
}
