import type { Account } from '../model/account.ts'
import { toIso } from '../model/instant.ts'
import type { ProbedServer } from '../model/server-quirks.ts'
import { findingsOf } from './finding.ts'
import type { Finding } from './finding.ts'
import type { RememberedServer, TriedConnections } from './ports.ts'
import { countOf } from './quantities.ts'

const freshMs = 30 * 24 * 60 * 60_000

/** Whether it is known what the server does not keep, and not too old. */
export function isProbeFresh({ probed }: RememberedServer, { imap }: Account, nowMs: number): boolean {
  return probed !== undefined && probed.host === imap.host && nowMs - probed.at < freshMs && probed.at <= nowMs
}

export interface ProbeReport extends TriedConnections {
  readonly probed: ProbedServer
  /** Why it could not be remembered; undefined: it was, or it comes from there. */
  readonly forgotten?: string | undefined
}

/** What the server does not keep, and what syncs make of it. */
export function probeFindings({ probed, borne, tried, forgotten }: ProbeReport): readonly Finding[] {
  const { good, note } = findingsOf('probe')
  const findings: Finding[] = probed.quirks.map(({ text }) => note(text))
  if (borne !== undefined) {
    findings.push(note(`the server bears ${countOf(borne, 'connection')} at once; syncs open no more for a week`))
  }
  const [day = ''] = toIso(probed.at).split('T')
  const connections = tried === undefined ? '' : `, and bears ${countOf(tried, 'connection')} at once`
  if (findings.length === 0) findings.push(good(`the server keeps what it says (probed ${day})${connections}`))
  if (forgotten !== undefined) findings.push(note(`what was found is not remembered: ${forgotten}`))
  return findings
}
