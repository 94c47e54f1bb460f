import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { choosePassword } from '../../src/commands/choose-password.ts'
import type { ChosenPassword, Offer } from '../../src/commands/choose-password.ts'
import { keepAccount } from '../../src/commands/keep-account.ts'
import { readEnvironment } from '../../src/config/environment.ts'
import { openConfigEditor } from '../../src/config/file-editor.ts'
import { replaceFile } from '../../src/files/replace-file.ts'
import { AppError } from '../../src/model/errors.ts'
import type { Finding } from '../../src/setup/found-servers.ts'
import type { SecretKeeper } from '../../src/setup/secret-keeper.ts'
import { ScriptedQuestions } from '../support/scripted-questions.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

interface Kept {
  readonly place: string
  readonly password: string
}

function keeper(options: Partial<SecretKeeper> = {}): SecretKeeper & { readonly kept: readonly Kept[] } {
  const kept: Kept[] = []
  return {
    kept,
    keychainTrouble: () => Promise.resolve(undefined),
    filePath: () => '/file',
    storeSecret: (place, _owner, password) => {
      kept.push({ place, password })
      return Promise.resolve(place === 'keychain' ? { kind: 'env', name: 'KEYCHAIN' } : { kind: 'file', path: 'x' })
    },
    signIn: () => Promise.resolve(),
    ...options,
  }
}

const finding: Finding = {
  source: 'provider-table',
  origin: 'known',
  imap: undefined,
  smtp: undefined,
  provider: 'Gmail',
  hints: [],
  oauth: 'google',
  isOauthOnly: false,
  needsConsent: false,
}

const choose = (...answers: readonly string[]): Promise<ChosenPassword> =>
  choosePassword(
    { flags: { test: true }, questions: new ScriptedQuestions(...answers), parts: { secrets: keeper() } },
    { finding, capabilities: undefined },
  )

describe('which logins are offered', () => {
  test.each<readonly [string, Offer, Partial<SecretKeeper>, string]>([
    ['all, where nothing is known', { finding, capabilities: undefined }, {}, 'type command file env oauth'],
    [
      'OAuth first, where passwords are of no use',
      { finding: { ...finding, isOauthOnly: true }, capabilities: undefined },
      {},
      'oauth type command file env',
    ],
    [
      'no OAuth, where the server does not take it',
      { finding, capabilities: new Set(['AUTH=PLAIN']) },
      {},
      'type command file env',
    ],
    [
      'no OAuth, where this program cannot',
      { finding, capabilities: new Set(['AUTH=XOAUTH2']) },
      { signIn: undefined },
      'type command file env',
    ],
    [
      'no OAuth, where the provider is not known',
      { finding: undefined, capabilities: new Set(['AUTH=XOAUTH2']) },
      {},
      'type command file env',
    ],
    [
      'no password, where the server takes none',
      { finding, capabilities: new Set(['AUTH=OAUTHBEARER', 'LOGINDISABLED']) },
      {},
      'oauth',
    ],
    [
      'a password, where LOGIN is off and PLAIN is on',
      { finding: undefined, capabilities: new Set(['AUTH=PLAIN', 'LOGINDISABLED']) },
      {},
      'type command file env',
    ],
  ])('%s', async (...[, offer, options, offered]) => {
    const questions = new ScriptedQuestions(offered.split(' ')[0] ?? '', 'x', '')
    await choosePassword({ flags: { test: true }, questions, parts: { secrets: keeper(options) } }, offer)
    expect(questions.log[0]).toBe(`How does mailmirror get the password? ${offered}`)
  })

  test('a client is asked for once OAuth is chosen, with or without a secret', async () => {
    const source = { kind: 'oauth', provider: 'google' }
    expect(await choose('oauth', 'me', '')).toEqual({
      kind: 'source',
      source,
      client: { id: 'me', secret: undefined, tenant: undefined },
    })
    expect(await choose('oauth', 'me', 'x')).toMatchObject({ client: { id: 'me', secret: 'x' } })
  })

  test('without a person --oauth wants its client, and --keychain is believed', async () => {
    const alone = { questions: undefined, parts: { secrets: keeper() } }
    const offer = { finding: undefined, capabilities: undefined }
    await expect(choosePassword({ ...alone, flags: { test: true, oauth: 'google' } }, offer)).rejects.toThrow(
      '--oauth needs a client',
    )
    const flags = { test: true, oauth: 'microsoft', oauthClient: 'id', oauthTenant: 'example.org' } as const
    expect(await choosePassword({ ...alone, flags }, offer)).toEqual({
      kind: 'source',
      source: { kind: 'oauth', provider: 'microsoft' },
      client: { id: 'id', secret: undefined, tenant: 'example.org' },
    })
    expect(await choosePassword({ ...alone, flags: { test: true, keychain: true } }, offer)).toEqual({
      kind: 'source',
      source: { kind: 'keychain' },
    })
  })
})

describe('a typed password is kept', () => {
  const account = {
    name: 'ada',
    email: 'ada@example.org',
    store: undefined,
    imap: {
      host: 'imap.example.org',
      port: 993,
      security: 'tls',
      user: undefined,
      caFile: undefined,
      fingerprint: undefined,
    },
    smtp: undefined,
    password: undefined,
    oauthClient: undefined,
  } as const

  async function keep(questions: ScriptedQuestions, secrets: SecretKeeper, wantsKeychain = false): Promise<string> {
    const path = join(temporaryDirectory(), 'config.toml')
    const editor = openConfigEditor(path, {
      environment: readEnvironment({}, '/home/ada'),
      write: async (place, text, mode) => void (await replaceFile(place, text, mode)),
    })
    const setup = { questions, parts: { editor, secrets }, context: { signal: new AbortController().signal } }
    await keepAccount(setup, {
      account,
      password: { kind: 'typed', password: 'canary', wantsKeychain },
      survey: undefined,
    })
    const text = readFileSync(path, 'utf8')
    expect(text + questions.log.join('\n')).not.toContain('canary')
    return /^password = .*$/m.exec(text)?.[0] ?? 'no password'
  }

  test('in the keychain, when one is there and it is chosen or wanted', async () => {
    const secrets = keeper()
    expect(await keep(new ScriptedQuestions('keychain'), secrets)).toBe('password = { env = "KEYCHAIN" }')
    const silent = new ScriptedQuestions()
    expect(await keep(silent, secrets, true)).toBe('password = { env = "KEYCHAIN" }')
    expect(silent.log).toEqual([])
    expect(secrets.kept).toEqual([
      { place: 'keychain', password: 'canary' },
      { place: 'keychain', password: 'canary' },
    ])
  })

  test('elsewhere, when there is none or it fails: each with its reason', async () => {
    const questions = new ScriptedQuestions('file')
    const none = keeper({ keychainTrouble: () => Promise.resolve('no bus') })
    expect(await keep(questions, none, true)).toBe('password = { file = "x" }')
    expect(questions.log).toEqual([
      '! The keychain cannot be used: no bus.',
      'Where is the password kept? file nowhere',
    ])
    const failing = keeper({
      storeSecret: () => Promise.reject(new AppError({ code: 'SECRET_UNAVAILABLE', message: 'it is locked' })),
    })
    const again = new ScriptedQuestions('keychain', 'nowhere')
    expect(await keep(again, failing)).toBe('no password')
    expect(again.log).toEqual([
      'Where is the password kept? keychain file nowhere',
      '! It is locked',
      'Where is the password kept? keychain file nowhere',
    ])
  })
})
