// The part of the composition root that only commands need which change the config.
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { SetupParts } from './commands/setup-parts.ts'
import type { Environment } from './config/environment.ts'
import { openConfigEditor } from './config/file-editor.ts'
import type { Credentials } from './credential-parts.ts'
import { replaceFile } from './files/replace-file.ts'
import { createImapSource } from './imap/imap-source.ts'
import { createServerProbe } from './imap/server-probe.ts'
import { createDnsLookup } from './lookup/dns-lookup.ts'
import { createTextFetcher } from './lookup/text-fetcher.ts'
import type { GrantDialog, Secrets } from './model/secrets.ts'
import type { SecretKeeper, SecretOwner } from './setup/secret-keeper.ts'
import { grantSteps } from './ui/login-page.ts'
import { deleteStore } from './store/delete-store.ts'
import { renameStoredAccount } from './store/rename-account.ts'

interface SetupOptions {
  readonly version: string
  readonly environment: () => Promise<Environment>
  readonly configPath: () => Promise<string>
  readonly credentials: Credentials
  /** Shows a person where to grant access. */
  readonly say: (text: string) => Promise<void>
}

export async function setupParts({ version, credentials, say, ...known }: SetupOptions): Promise<SetupParts> {
  const [environment, configPath] = await Promise.all([known.environment(), known.configPath()])
  const { variables } = environment
  const dns = { servers: dnsServers(variables['MAILMIRROR_DNS']) }
  const startedAt = new Date().toISOString()
  return {
    lookup: { dns: createDnsLookup(dns), web: createTextFetcher({ dns, version }), probe: createServerProbe() },
    editor: openConfigEditor(configPath, { environment, write: writePrivately }),
    secrets: keeperOf(credentials, dirname(configPath), say),
    openSource: ({ compress }, typed) => {
      const secrets = typed === undefined ? credentials.secrets : typedPassword(typed)
      return createImapSource({ secrets, version, compress })
    },
    testSmtp: async (account, typed, signal) => {
      const { createSubmitServer } = await import('./smtp/submit-server.ts')
      const secrets = typed === undefined ? credentials.secrets : typedPassword(typed)
      await (await createSubmitServer({ secrets }).connect(account, signal)).close()
    },
    renameMirror: ({ storeOnNetwork: allowNetwork }, { store: path, name: from }, to) =>
      renameStoredAccount({ path, from, to, startedAt, allowNetwork }),
    deleteMirror: ({ storeOnNetwork: allowNetwork }, { store: path, name: account }) =>
      deleteStore({ path, account, startedAt, allowNetwork }),
  }
}

/** `MAILMIRROR_DNS=192.0.2.53,192.0.2.54:5353`: asked in place of the system's. */
function dnsServers(text = ''): readonly string[] | undefined {
  return text === '' ? undefined : text.split(',')
}

async function writePrivately(path: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await replaceFile(path, text, mode)
}

/** One that nothing has: the file of an account that was renamed is still in use. */
function freeName(folder: string, { account }: SecretOwner): string {
  const name = `password-${encodeURIComponent(account)}`
  for (let count = 1; ; count++) {
    const numbered = count === 1 ? name : `${name}-${count}`
    if (!existsSync(join(folder, numbered))) return numbered
  }
}

/** One that was typed a moment ago and is kept nowhere yet. */
function typedPassword(password: string): Secrets {
  return {
    login: () => Promise.resolve({ kind: 'password', password }),
    renewed: () => Promise.resolve(undefined),
  }
}

/** The keychain, or a file of one's own beside the config. */
function keeperOf({ keeper, keychainTrouble }: Credentials, folder: string, say: SetupOptions['say']): SecretKeeper {
  return {
    keychainTrouble,
    filePath: (owner) => join(folder, freeName(folder, owner)),
    storeSecret: async (place, owner, password) => {
      if (place === 'keychain') {
        await keeper.keepPassword(`${owner.user} at ${owner.host}`, password)
        return { kind: 'keychain' }
      }
      const path = freeName(folder, owner)
      await writePrivately(join(folder, path), `${password}\n`, 0o600)
      return { kind: 'file', path }
    },
    signIn: async ({ imap: { password: login } }, signal) => {
      if (login?.kind !== 'oauth') return
      const dialog: GrantDialog = {
        way: 'loopback',
        show: (step) => say(grantSteps('loopback', step)),
        askAddress: () => Promise.reject(new Error('nobody pastes an address here')),
      }
      await keeper.grant(login, dialog, { keychain: true, signal })
    },
  }
}
