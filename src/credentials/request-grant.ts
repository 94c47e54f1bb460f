import { randomInt } from 'node:crypto'
import { AppError } from '../model/errors.ts'
import type { GrantDialog } from '../model/secrets.ts'
import { LoopbackListener } from './loopback-listener.ts'
import { newCodeRequest } from './oauth-server.ts'
import type { Granted, OauthServer } from './oauth-server.ts'

export interface GrantRules {
  /** How long a person may take, in milliseconds. */
  readonly limitMs: number
  /** Throws INTERRUPTED. */
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
}

/** Has a person grant access in a browser. */
export async function requestGrant(server: OauthServer, dialog: GrantDialog, rules: GrantRules): Promise<Granted> {
  switch (dialog.way) {
    case 'loopback':
      return byLoopback(server, dialog, rules)
    case 'paste':
      return byPaste(server, dialog, rules)
    case 'device':
      return byDevice(server, dialog, rules)
  }
}

async function byLoopback(server: OauthServer, dialog: GrantDialog, { limitMs, signal }: GrantRules): Promise<Granted> {
  using listener = await LoopbackListener.open()
  const request = newCodeRequest(`http://${server.endpoints.redirectHost}:${listener.port}/`)
  await dialog.show({ url: await server.authorizationUrl(request) })
  return await server.redeem(await listener.wait(request.state, limitMs, signal), request)
}

/** The browser ends at an address where nothing listens; that holds the answer. */
async function byPaste(server: OauthServer, dialog: GrantDialog, { signal }: GrantRules): Promise<Granted> {
  const request = newCodeRequest(`http://${server.endpoints.redirectHost}:${randomInt(49_152, 65_536)}/`)
  await dialog.show({ url: await server.authorizationUrl(request) })
  const pasted = (await dialog.askAddress(signal)).trim()
  if (!pasted.startsWith(request.redirect)) throw notThat(`which begins with ${request.redirect}`)
  const answered = new URL(pasted).searchParams
  if (answered.get('state') !== request.state) throw notThat('this time: it belongs to another login')
  return server.redeem(answered, request)
}

function notThat(what: string): AppError {
  return new AppError({
    code: 'LOGIN_REJECTED',
    message: `could not log in: that is not the address at which the browser has ended, ${what}`,
    hint: 'begin again, and copy the whole address from the browser; that it shows an error there is as it should be',
  })
}

/** RFC 8628 §3.5. */
const usualSeconds = 5

async function byDevice(server: OauthServer, dialog: GrantDialog, rules: GrantRules): Promise<Granted> {
  const { name, device } = server.endpoints
  if (device === undefined) {
    throw new AppError({
      code: 'USAGE',
      message: `${name} does not grant access to mail by a code`,
      hint: 'use --paste on machines without a browser',
    })
  }
  const started = await server.startDevice()
  await dialog.show({ url: started.verification_uri, code: started.user_code })
  const limitMs = Math.min(rules.limitMs, started.expires_in * 1000)
  let betweenMs = (started.interval ?? usualSeconds) * 1000
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += betweenMs) {
    await rules.delay(betweenMs, rules.signal)
    const answer = await server.pollDevice(started.device_code)
    if (answer === 'slower') betweenMs += usualSeconds * 1000
    else if (answer !== 'pending') return answer
  }
  throw new AppError({
    code: 'LOGIN_REJECTED',
    message: `could not log in: the code has not been typed within ${Math.round(limitMs / 1000)} s`,
    hint: 'begin again',
  })
}
