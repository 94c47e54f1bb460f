import { Events, OAuth2Server } from 'oauth2-mock-server'
import type { MutableResponse, MutableToken, TokenRequestIncomingMessage } from 'oauth2-mock-server'
import type { ProviderTable } from '../../src/credentials/oauth-providers.ts'
import { providersAt } from './providers-at.ts'

/** What a provider answers a request for tokens; undefined: as usual. */
export type TokenAnswer = { readonly status?: number; readonly body: Readonly<Record<string, unknown>> } | undefined

/** A request for tokens, as it came. */
export type TokenRequest = Readonly<Record<string, string>>

/** An authorization server on loopback that plays both providers. It gives out access tokens that it signs itself, and knows which are
 *  good: for Dovecot's introspection. */
export class TokenServer implements AsyncDisposable {
  readonly requests: TokenRequest[] = []
  /** Set it to answer otherwise. */
  onToken: (request: TokenRequest) => TokenAnswer = () => undefined
  onPoll: (request: TokenRequest) => TokenAnswer = () => undefined
  /** Refresh tokens that have been used; with `isStrict`, none is good twice. */
  readonly used = new Set<string>()
  isStrict = false
  /** How far its clock is ahead. */
  skewSeconds = 0
  /** Access tokens that mail servers take. */
  readonly good = new Set<string>()
  /** Signed, and with its own idea of the time. Real providers give none to whoever asks for mail alone. */
  givesIdTokens = true
  /** Mail servers take none at all. */
  refusing = false
  readonly #server = new OAuth2Server()

  static async start(): Promise<TokenServer> {
    const tokens = new TokenServer()
    await tokens.#begin()
    return tokens
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.address().port}`
  }

  /** Where both providers are. */
  get providers(): ProviderTable {
    return providersAt(this.url, this.#server.issuer.url ?? '')
  }

  /** The same, but tokens come from where device codes are asked about. */
  get pollingProviders(): ProviderTable {
    const token = `${this.url}/poll`
    const { google, microsoft } = this.providers
    return { google, microsoft: (tenant) => ({ ...microsoft(tenant), token }) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop()
  }

  #refusalOf({ refresh_token: token }: TokenRequest): TokenAnswer {
    const isRefused = this.isStrict && token !== undefined && this.used.has(token)
    if (token !== undefined) this.used.add(token)
    return isRefused ? { status: 400, body: { error: 'invalid_grant' } } : undefined
  }

  async #begin(): Promise<void> {
    const { service, issuer } = this.#server
    await issuer.keys.generate('RS256')
    service.on(Events.BeforeTokenSigning, ({ payload }: MutableToken) => {
      for (const name of ['iat', 'exp', 'nbf'] as const) payload[name] += this.skewSeconds
      // Else two of one second would be the same.
      payload['jti'] = this.requests.length
    })
    service.on(Events.BeforeResponse, (response: MutableResponse, { body }: TokenRequestIncomingMessage) => {
      const request = toRequest(body)
      this.requests.push(request)
      const answer = this.onToken(request) ?? this.#refusalOf(request)
      if (answer !== undefined) {
        response.statusCode = answer.status ?? 200
        response.body = {
          ...(response.statusCode === 200 && response.body !== '' ? response.body : {}),
          ...answer.body,
        }
      }
      if (!this.givesIdTokens && response.body !== '') delete response.body['id_token']
      const token = response.body === '' ? undefined : response.body['access_token']
      if (typeof token === 'string') this.good.add(token)
    })
    service.addRoute('POST', '/devicecode', (_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({
          device_code: 'device-code-canary',
          user_code: 'ABCD-EFGH',
          verification_uri: 'https://example.org/device',
          expires_in: 60,
          interval: 5,
        }),
      )
    })
    service.addRoute('POST', '/poll', ({ body }, response) => {
      const request = toRequest(body)
      this.requests.push(request)
      const { status = 200, body: answer = {} } = this.onPoll(request) ?? {}
      response.statusCode = status
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(answer))
    })
    // For Dovecot: who the token is of, or that it is no good.
    service.addRoute('GET', '/tokeninfo', ({ query }, response) => {
      const token = String(query['access_token'])
      response.setHeader('content-type', 'application/json')
      const isGood = this.good.has(token) && !this.refusing
      response.statusCode = isGood ? 200 : 400
      response.end(JSON.stringify(isGood ? { username: 'ada', active: true } : { error: 'invalid_token' }))
    })
    await this.#server.start(0, '127.0.0.1')
  }
}

function toRequest(body: unknown): TokenRequest {
  const entries = typeof body === 'object' && body !== null ? Object.entries(body) : []
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}
