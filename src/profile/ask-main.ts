import { Session } from 'node:inspector'
import { probeExpression } from './main-probe.ts'
import type { ProbeAnswer } from './main-probe.ts'

/** Has the main thread answer from the middle of whatever it does, from a worker thread; connected only meanwhile, since a connection that
 *  lasts would hold up the end of the process. undefined: it is in the system and did not answer in time, or nobody there answers. */
export function askMain(since: number | undefined, patienceMs: number): Promise<ProbeAnswer | undefined> {
  const { promise, resolve } = Promise.withResolvers<ProbeAnswer | undefined>()
  const session = new Session()
  const end = (answer: ProbeAnswer | undefined): void => {
    clearTimeout(timer)
    session.disconnect()
    resolve(answer)
  }
  // A thread that only awaits an answer would end: this holds it.
  // oxlint-disable-next-line eslint/no-restricted-globals -- the clock of the watchdog
  const timer = setTimeout(() => end(undefined), patienceMs)
  session.connectToMainThread()
  session.post('Runtime.evaluate', { expression: probeExpression(since), returnByValue: true }, (error, reply) => {
    const value: unknown = error === null ? reply.result.value : undefined
    end(typeof value === 'string' ? toAnswer(value) : undefined)
  })
  return promise
}

function toAnswer(json: string): ProbeAnswer {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `openProbe` has written
  return JSON.parse(json) as ProbeAnswer
}
