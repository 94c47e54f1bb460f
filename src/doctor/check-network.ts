import type { ServerSettings } from '../model/account.ts'
import type { AppError } from '../model/errors.ts'
import { findingsOf } from './finding.ts'
import type { Finding } from './finding.ts'
import type { CertificateLook, NetworkLook } from './ports.ts'
import { countOf } from './quantities.ts'
import type { Check } from './run-check.ts'

/** Up to a connection that is secure: each makes sense only when the one before it was good. */
export function networkChecks(network: NetworkLook, settings: ServerSettings, nowMs: number): readonly Check[] {
  const { host, port, security } = settings
  const checks: Check[] = [
    { name: 'dns', limitMs: 10_000, run: async (signal) => [await checkName(network, host, signal)] },
    {
      name: 'tcp',
      limitMs: 15_000,
      run: async (signal) => {
        const ms = await network.reach(settings, signal)
        return [findingsOf('tcp').good(`${host}:${port} answers (${Math.max(1, Math.round(ms))} ms)`)]
      },
    },
  ]
  const tls: Check = {
    name: 'tls',
    limitMs: 20_000,
    run: async (signal) => [
      security === 'none'
        ? plainFinding(settings)
        : certificateFinding(await network.certificate(settings, signal), settings, nowMs),
    ],
  }
  return [...checks, tls]
}

/** Without TLS, which the config permits by an explicit word, or on this machine. */
function plainFinding({ allowPlaintext }: ServerSettings): Finding {
  const { good, note } = findingsOf('tls')
  if (!allowPlaintext) return good('none, and nothing leaves this machine')
  return note('none: password and mail go in plain text', { remedy: 'use `security = "tls"` if the server has it' })
}

async function checkName(network: NetworkLook, host: string, signal: AbortSignal): Promise<Finding> {
  const addresses = await network.addresses(host, signal)
  const { good } = findingsOf('dns')
  if (addresses.length === 1 && addresses[0] === host) return good(`${host} is an address`)
  const [shown, others] = [addresses.slice(0, 3), addresses.slice(3)]
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  return good(`${host} is ${shown.join(', ')}${more}`, { details: others })
}

const dayMs = 24 * 60 * 60_000
const soonDays = 14

/** One that is out of its time is not to be pinned. */
function remedyFor(refusal: AppError, look: CertificateLook, nowMs: number): string | undefined {
  const clock = 'that the clock of this machine is right (`date`)'
  if (look.validToMs < nowMs) return `whoever runs the server has to renew it; see also ${clock}`
  return look.validFromMs > nowMs ? `see ${clock}: it begins later` : refusal.hint
}

/** Whether a sync would trust it, and for how long. */
function certificateFinding(look: CertificateLook, settings: ServerSettings, nowMs: number): Finding {
  const { good, note, bad } = findingsOf('tls')
  const { protocol, subject, issuer, validToMs, fingerprint, chain, refusal } = look
  const details = [`fingerprint ${fingerprint}`, ...(chain.length > 1 ? [`chain: ${chain.join(', ')}`] : [])]
  if (refusal !== undefined) return bad(refusal.message, { remedy: remedyFor(refusal, look, nowMs), details })
  const days = Math.floor((validToMs - nowMs) / dayMs)
  const who = `${protocol}, certificate of ${subject} by ${issuer}`
  if (settings.fingerprint !== undefined) return good(`${who}: the one that the config pins`, { details })
  if (Number.isNaN(days)) return note(`${who}: it does not say until when it is valid`, { details })
  if (days < soonDays) {
    return note(`${who} ends in ${countOf(Math.max(0, days), 'day')}`, {
      remedy: 'whoever runs the server has to renew it; syncs end when it has expired',
      details,
    })
  }
  return good(`${who}, good for ${countOf(days, 'day')}`, { details })
}
