import type { Account, Config, Hook, SecretSource, ServerSettings } from '../model/account.ts'
import { allowedConnections, dailyBudget } from '../model/provider.ts'

/** The values in effect, under the keys of the config file, for `config show`. No secrets: of a password only where it
 *  comes from, of an OAuth client or a hook only whether it has one. What is unset is left out. */
export function describeConfig(config: Config): unknown {
  return withoutUndefined({
    path: config.path,
    connections: config.connections,
    'connections-per-host': config.connectionsPerHost,
    compress: config.compress,
    'store-on-network': config.storeOnNetwork,
    hooks: config.hooks?.map(describeHook),
    accounts: config.accounts.map(describeAccount),
  })
}

function describeAccount(account: Account): unknown {
  const client = account.oauthClient
  return withoutUndefined({
    name: account.name,
    email: account.email,
    store: account.store,
    connections: allowedConnections(account.imap.host, { configured: account.connections, remembered: undefined }),
    mailboxes: account.mailboxes,
    imap: describeServer(account.imap),
    smtp: account.smtp && describeServer(account.smtp),
    budget: dailyBudget(account.imap.host, account.budget),
    'max-message': account.maxMessage,
    disable: account.disable,
    'special-use': account.specialUse,
    'token-command': account.tokenCommand,
    'oauth-client':
      client && withoutUndefined({ id: client.id, secret: client.secret !== undefined, tenant: client.tenant }),
  })
}

function describeServer(server: ServerSettings): unknown {
  return withoutUndefined({
    host: server.host,
    port: server.port,
    security: server.security,
    'allow-plaintext': server.allowPlaintext,
    user: server.user,
    password: server.password && describeSecret(server.password),
    'ca-file': server.caFile,
    fingerprint: server.fingerprint,
  })
}

function describeSecret(source: SecretSource): unknown {
  switch (source.kind) {
    case 'command':
      return { command: source.argv }
    case 'env':
      return { env: source.name }
    case 'file':
      return { file: source.path }
    case 'credential':
      return { credential: source.name }
    case 'keychain':
      return { keychain: true }
    case 'oauth':
      return { oauth: source.provider }
    case 'token-command':
    case 'prompt':
      // Said by `token-command`; nothing in the config.
      return undefined
  }
}

/** The path of a web hook's URL is often all that keeps strangers out. */
function describeHook({ name, target, kinds, mailbox, query }: Hook): unknown {
  const described =
    target.kind === 'command'
      ? { command: target.argv }
      : { url: `${new URL(target.url).origin}/…`, secret: target.secret !== undefined }
  return withoutUndefined({ name, ...described, kinds, mailbox, query })
}

function withoutUndefined(table: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(Object.entries(table).filter(([, value]) => value !== undefined))
}
