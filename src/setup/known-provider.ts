import type { Finding, FoundServer } from './found-servers.ts'
import { isWithin } from './host-names.ts'
import { providers } from './provider-table.ts'
import type { Provider } from './provider-table.ts'

/** Of whom this domain is; undefined: not of one that is known. */
export function providerOfDomain(domain: string): Provider | undefined {
  return providers.find(({ domains }) => domains.includes(domain))
}

/** Of whom the exchanger is that takes a domain's mail. */
export function providerOfExchanger(host: string): Provider | undefined {
  return providers.find(({ mx }) => mx.some((suffix) => isWithin(host, suffix)))
}

type Told = Pick<Finding, 'source' | 'origin' | 'needsConsent'>

export function findingOf(provider: Provider, email: string, told: Told): Finding {
  const user = provider.user === 'local-part' ? email.slice(0, email.lastIndexOf('@')) : undefined
  return {
    ...told,
    imap: serverOf(provider.imap, 993, user),
    smtp: serverOf(provider.smtp, 465, user),
    provider: provider.name,
    hints: provider.hints ?? [],
    oauth: provider.oauth,
    isOauthOnly: provider.isOauthOnly ?? false,
  }
}

/** `host`, `host:port` or `host:port+starttls`. */
function serverOf(text: string | undefined, usualPort: number, user: string | undefined): FoundServer | undefined {
  if (text === undefined) return undefined
  const [, host = '', port, upgrade] = /^([^:+]+)(?::(\d+))?(\+starttls)?$/.exec(text) ?? []
  return {
    host,
    port: port === undefined ? usualPort : Number(port),
    security: upgrade === undefined ? 'tls' : 'starttls',
    user,
  }
}
