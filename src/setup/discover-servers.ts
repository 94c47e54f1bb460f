import { messageOf } from '../model/errors.ts'
import type { Discovery, Finding, FoundServer, LookupOutcome } from './found-servers.ts'
import { checkedHost, domainsAbove, isPort, isWithin } from './host-names.ts'
import { findingOf, providerOfDomain, providerOfExchanger } from './known-provider.ts'
import type { DnsLookup, ServerProbe, SrvRecord, TextFetcher } from './lookup-ports.ts'
import { readAutoconfig } from './read-autoconfig.ts'

export interface DiscoveryPorts {
  readonly dns: DnsLookup
  readonly web: TextFetcher
  readonly probe: ServerProbe
  /** A new signal that fires when a round of questions has lasted long enough, or the user has had enough. */
  readonly limit: () => AbortSignal
}

interface Question {
  readonly email: string
  /** In ASCII and in lower case. */
  readonly domain: string
}

interface Source {
  readonly origin: string
  readonly ask: (signal: AbortSignal) => Promise<Finding | undefined>
}

/** Where the mail of an address is, as far as anybody says: a provider that is known is not asked about; else all sources are asked
 *  at once, and only where none of them knows an IMAP server, the usual names are tried. Never throws but INTERRUPTED by way of
 *  `limit`'s own user; what failed stands in the outcomes. */
export async function discoverServers(question: Question, ports: DiscoveryPorts): Promise<Discovery> {
  const known = providerOfDomain(question.domain)
  if (known !== undefined) {
    const told = { source: 'provider-table', origin: 'known to mailmirror', needsConsent: false } as const
    const found = { origin: told.origin, result: 'found', why: undefined } as const
    return { findings: [findingOf(known, question.email, told)], outcomes: [found] }
  }
  const asked = await askAll(toldSources(question, ports), ports.limit())
  if (asked.findings.some(({ imap, hints }) => imap !== undefined || hints.length > 0)) return asked
  const tried = await askAll(guesses(question, ports), ports.limit())
  return { findings: [...tried.findings, ...asked.findings], outcomes: [...asked.outcomes, ...tried.outcomes] }
}

async function askAll(sources: readonly Source[], signal: AbortSignal): Promise<Discovery> {
  const answers = await Promise.all(sources.map((source) => askOne(source, signal)))
  const findings = answers.flatMap(({ finding }) => finding ?? [])
  return { findings: unique(findings), outcomes: answers.map(({ outcome }) => outcome) }
}

interface Answer {
  readonly finding: Finding | undefined
  readonly outcome: LookupOutcome
}

async function askOne({ origin, ask }: Source, signal: AbortSignal): Promise<Answer> {
  const late = Promise.withResolvers<never>()
  const giveUp = (): void => late.reject(new Error('no answer in time'))
  if (signal.aborted) giveUp()
  signal.addEventListener('abort', giveUp)
  try {
    const finding = await Promise.race([ask(signal), late.promise])
    return { finding, outcome: { origin, result: finding === undefined ? 'nothing' : 'found', why: undefined } }
  } catch (error) {
    const why = signal.aborted ? 'no answer in time' : messageOf(error)
    return { finding: undefined, outcome: { origin, result: 'failed', why } }
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

/** Several sources often name the same servers: the most trusted one speaks. */
function unique(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter((finding, index) => findings.findIndex((one) => placeOf(one) === placeOf(finding)) === index)
}

function placeOf({ imap, smtp }: Finding): string {
  return imap === undefined ? `smtp ${smtp?.host}` : `${imap.host} ${imap.port}`
}

/** The most trusted first. */
function toldSources(question: Question, { dns, web }: DiscoveryPorts): readonly Source[] {
  const { domain, email } = question
  const own = encodeURIComponent(email)
  const places = [
    ['autoconfig', `autoconfig of ${domain}`, `https://autoconfig.${domain}/mail/config-v1.1.xml?emailaddress=${own}`],
    ['autoconfig', `.well-known of ${domain}`, `https://${domain}/.well-known/autoconfig/mail/config-v1.1.xml`],
    ['autoconfig-database', 'the public autoconfig database', databaseUrl(domain)],
  ] as const
  return [
    ...places.map(([source, origin, url]) => ({
      origin,
      ask: async (signal: AbortSignal) =>
        autoconfigFinding(await web.fetchText(url, signal), email, { source, origin, needsConsent: false }),
    })),
    { origin: `SRV records of ${domain}`, ask: (signal) => bySrv(question, dns, signal) },
    { origin: `mail exchanger of ${domain}`, ask: (signal) => byExchanger(question, { dns, web }, signal) },
  ]
}

const databaseUrl = (domain: string): string => `https://autoconfig.thunderbird.net/v1.1/${domain}`

type Told = Pick<Finding, 'source' | 'origin' | 'needsConsent'>

function autoconfigFinding(xml: string | undefined, email: string, told: Told): Finding | undefined {
  const servers = xml === undefined ? undefined : readAutoconfig(xml, email)
  return servers && { ...plain, ...servers, ...told }
}

const plain = { provider: undefined, hints: [], oauth: undefined, isOauthOnly: false } as const

/** RFC 6186 and RFC 8314. */
async function bySrv({ domain }: Question, dns: DnsLookup, signal: AbortSignal): Promise<Finding | undefined> {
  const services = ['_imaps', '_imap', '_submissions', '_submission']
  const [imaps, imap, submissions, submission] = await Promise.all(
    services.map((service) => dns.srv(`${service}._tcp.${domain}`, signal)),
  )
  const reading = serverOf(imaps, 'tls') ?? serverOf(imap, 'starttls')
  const sending = serverOf(submissions, 'tls') ?? serverOf(submission, 'starttls')
  const isDenied = [imaps, imap].every((records) => records?.[0]?.target === '')
  if (reading === undefined && sending === undefined && !isDenied) return undefined
  const needsConsent = reading !== undefined && !isWithin(reading.host, domain)
  // Whoever says yes to a host outside sees both; to one inside nobody is asked.
  const isLeftOut = sending !== undefined && !needsConsent && !isWithin(sending.host, domain)
  return {
    ...plain,
    source: 'srv',
    origin: `SRV records of ${domain}`,
    imap: reading,
    smtp: isLeftOut ? undefined : sending,
    hints: [
      ...(isDenied ? [`${domain} says that it offers no IMAP`] : []),
      ...(isLeftOut
        ? [`it says to send by ${sending.host}, which is outside ${domain} and left out: name it by --smtp`]
        : []),
    ],
    needsConsent,
  }
}

/** The record that is to be tried first. One that names no host says that the service is not offered. */
function serverOf(
  records: readonly SrvRecord[] | undefined,
  security: FoundServer['security'],
): FoundServer | undefined {
  const [first] = (records ?? []).toSorted((a, b) =>
    a.priority === b.priority ? b.weight - a.weight : a.priority - b.priority,
  )
  const host = first === undefined ? undefined : checkedHost(first.target)
  if (first === undefined || host === undefined || !isPort(first.port)) return undefined
  return { host, port: first.port, security, user: undefined }
}

type Exchange = Pick<DiscoveryPorts, 'dns' | 'web'>

/** Of whoever takes the domain's mail: one that is known, or what the autoconfig of its own domain says. */
async function byExchanger(
  { domain, email }: Question,
  { dns, web }: Exchange,
  signal: AbortSignal,
): Promise<Finding | undefined> {
  const host = checkedHost((await dns.mx(domain, signal))[0] ?? '')
  if (host === undefined) return undefined
  const told = { source: 'mx', origin: `mail exchanger ${host}`, needsConsent: true } as const
  const known = providerOfExchanger(host)
  if (known !== undefined) return findingOf(known, email, told)
  const domains = domainsAbove(host).filter((above) => above !== domain)
  const urls = domains.flatMap((above) => [`https://autoconfig.${above}/mail/config-v1.1.xml`, databaseUrl(above)])
  const texts = await Promise.all(urls.map((url) => web.fetchText(url, signal).catch(() => undefined)))
  const [found] = texts.flatMap((xml) => autoconfigFinding(xml, email, told) ?? [])
  return found && { ...found, needsConsent: !isWithin(found.imap?.host ?? found.smtp?.host ?? '', domain) }
}

/** The usual names, each with a certificate that is valid for it. */
function guesses({ domain }: Question, { dns, probe }: DiscoveryPorts): readonly Source[] {
  const names = [`imap.${domain}`, `mail.${domain}`, domain]
  const tries = names.flatMap((host) => [
    { host, port: 993, security: 'tls', user: undefined } as const,
    { host, port: 143, security: 'starttls', user: undefined } as const,
  ])
  return tries.map((imap) => {
    const origin = `${imap.host}:${imap.port}`
    return {
      origin,
      ask: async (signal) => {
        if (!(await dns.hasAddress(imap.host, signal))) return undefined
        await probe.capabilities(imap, { caFile: undefined, fingerprint: undefined }, signal)
        return {
          ...plain,
          source: 'guess',
          origin: `${origin}, which answers`,
          imap,
          smtp: undefined,
          needsConsent: false,
        }
      },
    }
  })
}
