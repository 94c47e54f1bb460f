// The part of the composition root that only `watch` needs.
import { execFile } from 'node:child_process'
import { networkInterfaces } from 'node:os'
import type { ServiceNotifier, WatchParts } from './commands/watch-parts.ts'

type Variables = Readonly<Record<string, string | undefined>>

const longestMs = 5000

export function watchParts(variables: Variables): WatchParts {
  return {
    onHangUp: (reload) => {
      process.on('SIGHUP', reload)
      return { [Symbol.dispose]: () => void process.off('SIGHUP', reload) }
    },
    addresses: () =>
      new Set(Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address))),
    service: serviceOf(variables),
  }
}

/** Node has no datagram sockets of the file system, so systemd's own program speaks for us: the unit has to say
 *  NotifyAccess=all. */
function serviceOf(variables: Variables): ServiceNotifier | undefined {
  if ((variables['NOTIFY_SOCKET'] ?? '') === '') return undefined
  const micros = Number(variables['WATCHDOG_USEC'] ?? '')
  const isOurs = [undefined, '', String(process.pid)].includes(variables['WATCHDOG_PID'])
  return {
    watchdogMs: isOurs && micros > 0 ? micros / 1000 : undefined,
    notify: (...states) => tell(states, variables),
  }
}

function tell(states: readonly string[], variables: Variables): Promise<string | undefined> {
  // A reload is timed by the manager's own clock.
  const since = states.includes('RELOADING=1') ? [`MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`] : []
  const args = [`--pid=${process.pid}`, ...states, ...since]
  const options = { timeout: longestMs, env: { ...variables } }
  return new Promise((resolve) => {
    execFile('systemd-notify', args, options, (error) => resolve(error === null ? undefined : error.message))
  })
}
