import type { Account } from '../model/account.ts'
import { formatOctets } from '../model/format-octets.ts'
import type { Finding, FoundServer, LookupOutcome } from '../setup/found-servers.ts'
import type { Survey } from '../setup/survey.ts'
import { countOf, formatCount } from './format-count.ts'
import { safeJson, safeText } from './safe-text.ts'
import type { Style } from './style.ts'
import { renderTable } from './table.ts'

export interface PageLayout {
  readonly columns: number
  readonly style: Style
}

/** The accounts of a config. */
export function accountTable(accounts: readonly Account[], { columns, style }: PageLayout): readonly string[] {
  return renderTable({
    columns: [
      { title: 'account', align: 'left' },
      { title: 'address', align: 'left', shrink: 'middle' },
      { title: 'server', align: 'left', shrink: 'middle' },
      { title: 'password', align: 'left' },
      { title: 'store', align: 'left', shrink: 'middle' },
    ],
    rows: accounts.map(({ name, email, imap, store }) =>
      [name, email, `${imap.host}:${imap.port}`, imap.password?.kind ?? 'none', store].map((text) => ({ text })),
    ),
    width: columns,
    paintTitle: style.bold,
  })
}

export function accountsJson(accounts: readonly Account[]): string {
  return safeJson({ v: 1, accounts: accounts.map(accountFacts) })
}

/** Whose account it is and where, without anything secret. */
export function accountFacts({ name, email, imap, smtp, store }: Account): unknown {
  const { host, port, security, user, password } = imap
  return {
    name,
    email,
    store,
    imap: { host, port, security, user, password: password?.kind },
    smtp: smtp && { host: smtp.host, port: smtp.port, security: smtp.security },
  }
}

/** A table that is for reading has so many mailboxes, the largest. */
const mostShown = 30

/** What an account holds on the server. */
export function surveyLines({ mailboxes, estimatedOctets }: Survey, layout: PageLayout): readonly string[] {
  const ranked = mailboxes.toSorted((a, b) => (b.messages ?? 0) - (a.messages ?? 0)).slice(0, mostShown)
  const shown = mailboxes.filter((mailbox) => ranked.includes(mailbox))
  const rows = shown.map(({ path, messages }) => [
    { text: path },
    { text: messages === undefined ? '?' : formatCount(messages) },
  ])
  const more = mailboxes.length - shown.length
  const total = mailboxes.reduce((sum, { messages = 0 }) => sum + messages, 0)
  const size = estimatedOctets === undefined ? '' : `, about ${formatOctets(estimatedOctets)}`
  return [
    ...renderTable({
      columns: [
        { title: 'mailbox', align: 'left', shrink: 'middle' },
        { title: 'messages', align: 'right' },
      ],
      rows,
      width: layout.columns,
      paintTitle: layout.style.bold,
    }),
    ...(more > 0 ? [`and ${countOf(more, 'smaller mailbox', 'smaller mailboxes')}`] : []),
    `${countOf(mailboxes.length, 'mailbox', 'mailboxes')}, ${countOf(total, 'message')}${size}`,
  ]
}

export function surveyFacts({ serverId, capabilities, mailboxes, estimatedOctets }: Survey): object {
  return { serverId, capabilities, mailboxes, estimatedOctets }
}

const securityNames = { tls: 'TLS', starttls: 'STARTTLS', none: 'no TLS' } as const

export function serverLabel(server: FoundServer | undefined): string {
  return server === undefined ? 'no server' : `${server.host}:${server.port} (${securityNames[server.security]})`
}

/** `imap.example.org:993 (TLS), sending by smtp.example.org:465 (TLS), by SRV records of example.org`. */
export function findingLabel({ imap, smtp, origin, provider }: Finding): string {
  const name = provider === undefined ? '' : `${provider}: `
  const sending = smtp === undefined ? '' : `, sending by ${serverLabel(smtp)}`
  return `${name}${serverLabel(imap)}${sending}, ${origin.startsWith('known') ? '' : 'by '}${origin}`
}

/** What became of asking each source; safe. */
export function outcomeLines(outcomes: readonly LookupOutcome[]): readonly string[] {
  return outcomes.map(({ origin, result, why }) => safeText(`${origin}: ${why ?? result}`))
}

/** That one could log in, and to what. */
export function testLines({ imap }: Account, { serverId, capabilities }: Survey): readonly string[] {
  return [
    `logged in to ${imap.host}:${imap.port} (${securityNames[imap.security]}) as ${imap.user}`,
    ...(serverId === undefined ? [] : [`server        ${serverId}`]),
    `capabilities  ${capabilities.join(' ')}`,
  ].map(safeText)
}
