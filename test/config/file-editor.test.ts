import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readEnvironment } from '../../src/config/environment.ts'
import { openConfigEditor } from '../../src/config/file-editor.ts'
import { replaceFile } from '../../src/files/replace-file.ts'
import { AppError } from '../../src/model/errors.ts'
import type { ConfigEditor } from '../../src/setup/config-editor.ts'
import type { NewAccount } from '../../src/setup/new-account.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const added: NewAccount = {
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
  oauthClient: { id: 'client', secret: 'top "secret"', tenant: undefined },
}

function editorOf(path: string): ConfigEditor {
  return openConfigEditor(path, {
    environment: readEnvironment({}, '/home/ada'),
    write: async (place, text, mode) => void (await replaceFile(place, text, mode)),
  })
}

function codeOf(run: () => unknown): string {
  try {
    run()
    return 'none'
  } catch (error) {
    return error instanceof AppError ? error.code : String(error)
  }
}

test('what would be written is read and checked first, with the client of an account', () => {
  const editor = editorOf(join(temporaryDirectory(), 'none.toml'))
  expect(editor.accounts).toEqual([])
  const { config, text } = editor.withAccount(added)
  expect(config.accounts[0]).toMatchObject({ name: 'ada', oauthClient: { id: 'client', secret: 'top "secret"' } })
  expect(text).toContain('oauth-client = { id = "client", secret = "top \\"secret\\"" }\n')
  const imap = { ...added.imap, host: 'not a host' }
  expect(codeOf(() => editor.withAccount({ ...added, imap }))).toBe('CONFIG_INVALID')
  expect(
    codeOf(() => editor.withAccount({ ...added, imap: { ...imap, host: 'imap.example.org', security: 'none' } })),
  ).toBe('CONFIG_INVALID')
})

test('a secret does not come into a config that others can read (S07)', () => {
  const path = join(temporaryDirectory(), 'config.toml')
  writeFileSync(path, '', { mode: 0o644 })
  expect(codeOf(() => editorOf(path).withAccount(added))).toBe('CONFIG_UNSAFE')
})

test('what somebody else has written meanwhile stays', async () => {
  const path = join(temporaryDirectory(), 'config.toml')
  const early = editorOf(path)
  const second = editorOf(path)
  await second.save(second.withAccount(added))
  const text = readFileSync(path, 'utf8')
  await expect(early.save(early.withAccount({ ...added, name: 'bob' }))).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  })
  expect(readFileSync(path, 'utf8')).toBe(text)
  const third = editorOf(path)
  writeFileSync(path, `${text}# mine\n`, { mode: 0o600 })
  await expect(third.save(third.withoutAccount('ada'))).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  const last = editorOf(path)
  await last.save(last.withoutAccount('ada'))
  expect(readFileSync(path, 'utf8')).toBe('# mine\n')
})

test('a name that is taken is not added over it', async () => {
  const path = join(temporaryDirectory(), 'config.toml')
  const editor = editorOf(path)
  await editor.save(editor.withAccount(added))
  expect(codeOf(() => editorOf(path).withAccount(added))).toBe('CONFIG_INVALID')
})
