import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads'
import { Sampler } from './sampler.ts'
import { SharedReports } from './shared-reports.ts'
import { startAfterCpu } from './start-after-cpu.ts'
import type { ThreadSamples } from './samples.ts'

/** What threads that start are told. */
interface Orders extends SamplingOrders {
  readonly reports: SharedArrayBuffer
}

interface SamplingOrders {
  readonly intervalMicros: number
  readonly startMicros: number
  /** See `startAfterCpu`. */
  readonly afterCpuMs: number
}

const ordersKey = 'mailmirror sampling'

/** What a thread says when it ends. */
interface ThreadReport {
  readonly samples: ThreadSamples
  readonly isDegraded: boolean
}

/** Samples the worker thread that calls it, from its start to its end, if the run it belongs to is sampled. */
export function sampleThisThread(thread: string): void {
  const orders = getEnvironmentData(ordersKey)
  if (isMainThread || !areOrders(orders)) return
  let sampler: Sampler | undefined
  startAfterCpu(orders.afterCpuMs, () => (sampler = new Sampler({ thread, ...orders })))
  process.on('exit', () => {
    if (sampler === undefined) return
    sampler.stop()
    const { log, isDegraded } = sampler
    new SharedReports<ThreadReport>(orders.reports).add({ samples: log.read([]), isDegraded })
  })
}

/** Has the threads that start from now on sampled, and reads what they leave behind. */
export class ThreadSampling {
  readonly #reports = new SharedReports<ThreadReport>()

  constructor(orders: SamplingOrders) {
    setEnvironmentData(ordersKey, { ...orders, reports: this.#reports.buffer })
  }

  /** Of threads that end later nothing is known. */
  close(): readonly ThreadReport[] {
    setEnvironmentData(ordersKey)
    return this.#reports.all()
  }
}

function areOrders(value: unknown): value is Orders {
  return typeof value === 'object' && value !== null && 'intervalMicros' in value
}
