import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createImapSource } from '../../src/imap/imap-source.ts'
import type { Account } from '../../src/model/account.ts'
import type { Secrets } from '../../src/model/secrets.ts'
import { login, oauthSource, obedient, openGrants } from '../credentials/temporary-grants.ts'
import { never, openSecrets } from '../credentials/temporary-secrets.ts'
import { NotingLane } from '../imap/noting-lane.ts'
import { errorOf } from '../imap/outcome.ts'
import { startDovecot } from '../servers/dovecot.ts'
import type { Dovecot, DovecotOptions } from '../servers/dovecot.ts'
import { openMailClient } from '../servers/mail-client.ts'
import { TokenServer } from '../servers/token-server.ts'
import { withoutDovecot } from '../servers/without-dovecot.ts'
import { accountAt, runSync } from '../support/run-sync.ts'
import type { RunOptions } from '../support/run-sync.ts'
import { RunningWatch } from '../support/run-watch.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

type Mechanisms = NonNullable<DovecotOptions['tokens']>['mechanisms']

interface Stage {
  readonly provider: TokenServer
  readonly dovecot: Dovecot
  readonly secrets: Secrets
  readonly account: Account
  /** By which tokens grow old. */
  readonly clock: { ms: number }
}

/** Otherwise a refused login is answered after seconds, and so is the next one. */
const withoutPenalties = [
  'auth_failure_delay = 0',
  'service anvil {',
  '  unix_listener anvil-auth-penalty {',
  '    mode = 0',
  '  }',
  '}',
]

/** A Dovecot that asks an authorization server about tokens, and somebody who has been granted access there. */
async function stage(mechanisms: Mechanisms): Promise<Stage> {
  const provider = await TokenServer.start()
  onTestFinished(() => provider[Symbol.asyncDispose]())
  const tokens = { infoUrl: `${provider.url}/tokeninfo?access_token=`, mechanisms }
  const dovecot = await startDovecot({ tokens, settings: withoutPenalties })
  onTestFinished(() => dovecot.stop())
  const grants = openGrants(temporaryDirectory(), provider)
  await grants.grant(login, obedient, { keychain: false, signal: never })
  provider.requests.length = 0
  const clock = { ms: 0 }
  const secrets = openSecrets({
    variables: { BOB: 'pass' },
    grants: () => Promise.resolve(grants),
    clock: { monotonicMs: () => clock.ms, nowMs: () => 0 },
  })
  return { provider, dovecot, secrets, clock, account: accountAt(dovecot.port, { server: { password: oauthSource } }) }
}

function sync({ secrets }: Stage, accounts: readonly Account[], options: Partial<RunOptions> = {}) {
  const source = createImapSource({ secrets, version: '0.0.0', connectTimeoutMs: 5000 })
  return runSync({ accounts, source, storePath: join(temporaryDirectory(), 'mail.db'), ...options })
}

const letter = (subject: string): Buffer => Buffer.from(`Subject: ${subject}\r\n\r\nText\r\n`)

async function append({ port, password }: Dovecot, subject: string): Promise<void> {
  await using client = await openMailClient({ port, user: 'ada', password })
  await client.append('INBOX', [{ octets: letter(subject) }])
}

async function fill({ port, password }: Dovecot, mailboxes: readonly string[]): Promise<void> {
  await using client = await openMailClient({ port, user: 'ada', password })
  for (const mailbox of mailboxes) {
    if (mailbox !== 'INBOX') await client.create(mailbox)
    await client.append(mailbox, [{ octets: letter('Tee') }])
  }
}

describe.skipIf(withoutDovecot)('Dovecot with OAuth', () => {
  test.each(['xoauth2', 'oauthbearer', 'xoauth2 oauthbearer'] as const)('takes a token by %s', async (mechanisms) => {
    const set = await stage(mechanisms)
    const { result } = await sync(set, [set.account])
    expect([result.complete, result.accounts.map(({ outcome }) => outcome)]).toEqual([true, ['complete']])
    expect(set.provider.requests.map(({ grant_type: kind }) => kind)).toEqual(['refresh_token'])
  })

  test('F21 that refuses a token gets a fresh one, once', async () => {
    const set = await stage('xoauth2 oauthbearer')
    await set.secrets.login(oauthSource, never)
    set.provider.good.clear()
    const { result } = await sync(set, [set.account])
    expect(result.complete).toBe(true)
    expect(set.provider.requests).toHaveLength(2)
  })

  test('F21 that refuses fresh tokens too is not asked again', async () => {
    const set = await stage('xoauth2')
    set.provider.refusing = true
    const source = createImapSource({ secrets: set.secrets, version: '0.0.0', connectTimeoutMs: 5000 })
    const error = await errorOf(source.connect(set.account, new NotingLane(), never))
    expect(error).toMatchObject({ code: 'LOGIN_REJECTED' })
    expect(error.hint).toMatch(/^check `user`; the access token was refused, a fresh one too/)
    expect(set.provider.requests).toHaveLength(2)
    expect(await errorOf(source.connect(set.account, new NotingLane(), never))).toMatchObject({
      code: 'LOGIN_REJECTED',
    })
    expect(set.provider.requests).toHaveLength(2)
  })

  test('F21 that loses the connection when the token has expired is gone on with', async () => {
    const set = await stage('xoauth2 oauthbearer')
    await fill(set.dovecot, ['Archive', 'Drafts', 'Sent'])
    let cuts = 0
    const account = { ...set.account, connections: 1 }
    const { result, events } = await sync(set, [account], {
      onEvent: ({ type }) => {
        if (type !== 'mailbox-planned' || cuts > 0) return
        cuts++
        set.provider.good.clear()
        void set.dovecot.doveadm('kick', 'ada')
      },
    })
    expect([result.complete, cuts]).toEqual([true, 1])
    expect(events.filter(({ type }) => type === 'connection-opened').length).toBeGreaterThan(1)
    expect(set.provider.requests).toHaveLength(2)
  })

  test('F21 a watch whose tokens expire goes on with fresh ones, and is told of new mail', async () => {
    const set = await stage('xoauth2 oauthbearer')
    await fill(set.dovecot, ['INBOX'])
    const source = createImapSource({ secrets: set.secrets, version: '0.0.0', connectTimeoutMs: 5000 })
    const storePath = join(temporaryDirectory(), 'mail.db')
    await using running = await RunningWatch.start({ accounts: [set.account], storePath, source })
    await running.mirrored()
    for (const hour of [1, 2, 3]) {
      await running.listening()
      set.clock.ms += 30 * 60_000
      set.provider.good.clear()
      await set.dovecot.doveadm('kick', 'ada')
      await running.next('connection-opened')
      await append(set.dovecot, `hour ${hour}`)
      expect((await running.passOf('INBOX')).newMessages).toBe(1)
    }
    expect(set.provider.requests.length).toBeGreaterThanOrEqual(4)
  })

  test('F22 revoked access ends that account with one request, and the others go on', async () => {
    const set = await stage('xoauth2')
    set.provider.onToken = () => ({ status: 400, body: { error: 'invalid_grant' } })
    const bob = accountAt(set.dovecot.port, {
      name: 'bob',
      server: { user: 'bob', password: { kind: 'env', name: 'BOB' } },
    })
    const { result } = await sync(set, [set.account, bob])
    expect(result.accounts.map(({ name, outcome, error }) => [name, outcome, error?.code, error?.message])).toEqual([
      [
        'ada',
        'failed',
        'LOGIN_REJECTED',
        'could not get access to the mail of ada@example.org at Microsoft: access was revoked or has expired',
      ],
      ['bob', 'complete', undefined, undefined],
    ])
    expect(set.provider.requests).toHaveLength(1)
  })

  test('that takes no tokens says so', async () => {
    const set = await stage('xoauth2')
    await using plain = await startDovecot({})
    const source = createImapSource({ secrets: set.secrets, version: '0.0.0', connectTimeoutMs: 5000 })
    const account = accountAt(plain.port, { server: { password: oauthSource } })
    expect(await errorOf(source.connect(account, new NotingLane(), never))).toMatchObject({
      code: 'LOGIN_REJECTED',
      message: `could not log in to 127.0.0.1:${plain.port} as ada: the server takes no access tokens (neither XOAUTH2 nor OAUTHBEARER)`,
    })
  })
})
