import { domainToASCII } from 'node:url'
import { AppError } from '../model/errors.ts'
import { discoverServers } from '../setup/discover-servers.ts'
import type { Discovery, Finding, FoundServer } from '../setup/found-servers.ts'
import type { NewServer } from '../setup/new-account.ts'
import { findingLabel, outcomeLines, serverLabel } from '../ui/account-page.ts'
import type { Questions } from '../ui/questions.ts'
import { givenServer, givenTrust, parseServer, usage } from './account-options.ts'
import type { AccountSetup, ChosenServers } from './account-setup.ts'
import { usualTrust } from './account-setup.ts'

/** How long all that is asked at once may take. */
const lookupMs = 5000

/** The servers that options name, or that are found and agreed to. Throws USAGE where there are none and nobody can be asked. */
export async function chooseServers(setup: AccountSetup): Promise<ChosenServers> {
  const { flags } = setup
  const smtp = flags.smtp === undefined ? undefined : givenServer(flags.smtp, 'smtp', flags)
  if (flags.imap !== undefined) return { imap: givenServer(flags.imap, 'imap', flags), smtp, finding: undefined }
  const finding = await chooseFinding(setup, await discover(setup))
  const own = { ...(flags.user === undefined ? {} : { user: flags.user }), ...givenTrust(flags) }
  if (finding?.imap === undefined) return { imap: await askServer(setup), smtp, finding }
  const sending = finding.smtp === undefined ? undefined : { ...toNew(finding.smtp), user: undefined }
  return { imap: { ...toNew(finding.imap), ...own }, smtp: smtp ?? sending, finding }
}

function toNew({ host, port, security, user }: FoundServer): NewServer {
  return { host, port, security, user, ...usualTrust }
}

async function discover({ context, parts, questions, email }: AccountSetup): Promise<Discovery> {
  const domain = domainToASCII(email.slice(email.lastIndexOf('@') + 1)).toLowerCase()
  if (domain === '') throw usage(`${email} has no domain in which mail could be`, 'check the address')
  questions?.say(`Looking for the servers of ${domain} …`)
  const limit = (): AbortSignal => AbortSignal.any([context.signal, AbortSignal.timeout(lookupMs)])
  const discovery = await discoverServers({ email, domain }, { ...parts.lookup, limit })
  if (context.signal.aborted) throw new AppError({ code: 'INTERRUPTED', message: 'interrupted; nothing was written' })
  if (context.options.verbosity > 0) {
    const lines = outcomeLines(discovery.outcomes)
    await context.terminal.err.write(lines.map((line) => `${line}\n`).join(''))
  }
  return discovery
}

/** undefined: none of them, or none is there. */
async function chooseFinding(setup: AccountSetup, discovery: Discovery): Promise<Finding | undefined> {
  const { questions, flags } = setup
  const usable = discovery.findings.filter(({ imap }) => imap !== undefined)
  const [best] = usable
  if (questions === undefined) return chooseAlone(setup, discovery, best)
  if (best === undefined) {
    const hints = discovery.findings.flatMap((finding) => finding.hints)
    questions.warn('Nobody says where the mail is.', [...hints, ...outcomeLines(discovery.outcomes)])
    return undefined
  }
  const isClear = usable.length === 1 && (!best.needsConsent || flags.yes === true)
  const finding = isClear ? best : await chooseAmong(questions, usable)
  if (finding !== undefined) questions.say(findingLabel(finding), finding.hints)
  return finding
}

async function chooseAmong(questions: Questions, usable: readonly Finding[]): Promise<Finding | undefined> {
  const other = { value: 'other', label: 'another server' }
  const choices = usable.map((finding, index) => ({
    value: String(index),
    label: serverLabel(finding.imap) + (finding.smtp === undefined ? '' : `, sending by ${finding.smtp.host}`),
    hint: finding.needsConsent ? `by ${finding.origin}: unsigned, and outside the domain` : `by ${finding.origin}`,
  }))
  return usable[Number(await questions.choose('Which IMAP server?', [...choices, other]))]
}

/** Without a terminal a host outside the domain needs a word (RFC 6186 §6). */
function chooseAlone({ email, flags }: AccountSetup, discovery: Discovery, best: Finding | undefined): Finding {
  if (best === undefined) {
    const hints = discovery.findings.flatMap((finding) => finding.hints)
    const message = `could not find the servers of ${email}`
    throw usage([message, ...hints, ...outcomeLines(discovery.outcomes)].join('\n'), 'name them: --imap HOST[:PORT]')
  }
  if (!best.needsConsent || flags.yes === true) return best
  throw usage(
    `${findingLabel(best)}, which is outside the domain of ${email}, and the DNS is not signed`,
    `if it is right, use --yes, or name it: --imap ${best.imap?.host}:${best.imap?.port}`,
  )
}

/** Asks for a server, and for what nothing else says of it. Throws USAGE where nobody can be asked. */
export async function askServer({ questions, flags }: AccountSetup, initial = ''): Promise<NewServer> {
  if (questions === undefined) throw usage('no IMAP server is named', 'name it: --imap HOST[:PORT]')
  const text = await questions.text({
    message: 'IMAP server (host, or host:port)?',
    initial,
    fault: (answer) =>
      parseServer(answer, 'imap') === undefined ? 'Such as imap.example.org or mail.example.org:143.' : undefined,
  })
  const server = parseServer(text, 'imap')
  if (server === undefined) throw new Error('an answer that was not checked')
  const isUsual = server.port === 993 || server.port === 143
  const security = isUsual
    ? server.security
    : await questions.choose('How is it protected?', [
        { value: 'tls', label: 'TLS' },
        { value: 'starttls', label: 'STARTTLS' },
      ])
  return { ...server, security, user: flags.user, ...givenTrust(flags) }
}
