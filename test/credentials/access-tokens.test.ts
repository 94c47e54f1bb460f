import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { AccessTokens } from '../../src/credentials/access-tokens.ts'
import { AppError } from '../../src/model/errors.ts'
import type { LoginSecret } from '../../src/model/secrets.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { oauthSource as source } from './temporary-grants.ts'
import { failureOf, never, openSecrets } from './temporary-secrets.ts'

const minute = 60_000

/** Numbered tokens that live for so long. */
function numbered(lifeMs: number | undefined) {
  const clock = { monotonic: 0, now: 1e12, monotonicMs: () => clock.monotonic, nowMs: () => clock.now }
  const issued: string[] = []
  const tokens = new AccessTokens(() => {
    issued.push(`token ${issued.length + 1}`)
    return Promise.resolve({ token: issued.at(-1) ?? '', lifeMs })
  }, clock)
  const current = (): Promise<string> => tokens.current(source, never)
  return { clock, issued, tokens, current }
}

describe('an access token', () => {
  test('F21 serves until less than five minutes are left', async () => {
    const { clock, current } = numbered(60 * minute)
    const seen = [await current()]
    for (const at of [54, 55, 56, 111, 112]) {
      clock.monotonic = at * minute
      clock.now = 1e12 + at * minute
      seen.push(await current())
    }
    expect(seen).toEqual(['token 1', 'token 1', 'token 1', 'token 2', 'token 2', 'token 3'])
  })

  test('F04 ends by the clock that has gone further: one stands still in sleep, the other may be set back', async () => {
    const { clock, current } = numbered(60 * minute)
    await current()
    clock.now += 56 * minute
    expect(await current()).toBe('token 2')
    clock.now -= 600 * minute
    expect(await current()).toBe('token 2')
    clock.monotonic += 56 * minute
    expect(await current()).toBe('token 3')
  })

  test('that lives for less than five minutes serves for half of its life', async () => {
    const { clock, current } = numbered(minute)
    const seen = [await current()]
    for (const at of [0.5, 0.6]) {
      clock.monotonic = at * minute
      seen.push(await current())
    }
    expect(seen).toEqual(['token 1', 'token 1', 'token 2'])
  })

  test('F21 is replaced once when it is refused, for all connections together, and then no more', async () => {
    const { tokens, current, issued } = numbered(60 * minute)
    const first = await current()
    const renewed = await Promise.all([1, 2, 3].map(() => tokens.renewed(source, first, never)))
    expect(renewed).toEqual(['token 2', 'token 2', 'token 2'])
    expect(await tokens.renewed(source, 'token 2', never)).toBeUndefined()
    expect(await current()).toBe('token 2')
    expect(issued).toHaveLength(2)
  })

  test('F21 of which nobody knows how long it lives is replaced each time it is refused, in a process that runs for days', async () => {
    const { clock, tokens, current } = numbered(undefined)
    await current()
    for (const hour of [1, 2, 3]) {
      clock.monotonic = hour * 60 * minute
      const refused = `token ${hour}`
      expect(await current()).toBe(refused)
      expect(await tokens.renewed(source, refused, never)).toBe(`token ${hour + 1}`)
    }
  })

  test('F22 is not asked for again at once when access is over, but later: it may have been granted anew', async () => {
    let asked = 0
    const clock = { now: 0 }
    const tokens = new AccessTokens(
      () => {
        asked++
        if (asked > 1) return Promise.resolve({ token: 'token', lifeMs: undefined })
        return Promise.reject(new AppError({ code: 'LOGIN_REJECTED', message: 'revoked' }))
      },
      { monotonicMs: () => clock.now, nowMs: () => 0 },
    )
    for (const _ of [1, 2, 3]) expect(await failureOf(tokens.current(source, never))).toBe('LOGIN_REJECTED revoked')
    expect(asked).toBe(1)
    clock.now = minute
    expect(await tokens.current(source, never)).toBe('token')
  })

  test('is asked for again after trouble that may pass', async () => {
    let asked = 0
    const tokens = new AccessTokens(
      () =>
        ++asked === 1
          ? Promise.reject(new AppError({ code: 'SERVER_UNREACHABLE', message: 'away' }))
          : Promise.resolve({ token: 'token', lifeMs: undefined }),
      { monotonicMs: () => 0, nowMs: () => 0 },
    )
    expect(await failureOf(tokens.current(source, never))).toBe('SERVER_UNREACHABLE away')
    expect(await tokens.current(source, never)).toBe('token')
  })
})

const counting = (log: string, script: string) =>
  ({
    kind: 'token-command',
    argv: [
      process.execPath,
      '-e',
      `const fs = require('node:fs')
         fs.appendFileSync(process.argv[1], 'x')
         const run = fs.readFileSync(process.argv[1]).length
         ${script}`,
      log,
    ],
  }) as const

describe('a command that prints an access token', () => {
  test('runs once for all connections, and again when its token is refused', async () => {
    const log = join(temporaryDirectory(), 'log')
    const command = counting(log, 'console.log(`token ${run}`)')
    const secrets = openSecrets({})
    const first = await secrets.login(command, never)
    expect(await secrets.login(command, never)).toEqual({ kind: 'token', token: 'token 1' })
    const second = await secrets.renewed(command, first, never)
    expect(second).toEqual({ kind: 'token', token: 'token 2' })
    expect(await secrets.renewed(command, { kind: 'token', token: 'token 2' }, never)).toBeUndefined()
    expect(readFileSync(log, 'utf8')).toBe('xx')
  })

  test('that prints the same again has nothing better', async () => {
    const log = join(temporaryDirectory(), 'log')
    const secrets = openSecrets({})
    const command = counting(log, 'console.log("same")')
    const first: LoginSecret = await secrets.login(command, never)
    expect(await secrets.renewed(command, first, never)).toBeUndefined()
    expect(readFileSync(log, 'utf8')).toBe('xx')
  })
})

test('a password that was refused has nothing better', async () => {
  const secrets = openSecrets({ variables: { A: 'one' } })
  const first = await secrets.login({ kind: 'env', name: 'A' }, never)
  expect(await secrets.renewed({ kind: 'env', name: 'A' }, first, never)).toBeUndefined()
})
