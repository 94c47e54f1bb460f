import * as oauth from 'oauth4webapi'
import type { OauthLogin } from '../model/secrets.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { explainOauth } from './oauth-error.ts'
import type { ProviderEndpoints, ProviderTable } from './oauth-providers.ts'
import { checkPassword } from './password-text.ts'

/** What a provider has granted. */
export interface Granted {
  readonly accessToken: string
  /** How long that lives from now on; undefined: nobody has said. */
  readonly lifeMs: number | undefined
  /** undefined: the one that is held goes on. */
  readonly refreshToken: string | undefined
}

/** An answer is made in a moment, or not at all. */
const limitMs = 30_000
/** Nothing that comes with a clock is used: one that is wrong by a day shall not keep anybody out. */
const toleratedSkewSeconds = 24 * 60 * 60

/** One user's way to a provider. Every method throws what `explainOauth` makes. */
export class OauthServer {
  readonly endpoints: ProviderEndpoints
  readonly #login: OauthLogin
  readonly #server: oauth.AuthorizationServer
  readonly #client: oauth.Client
  readonly #auth: oauth.ClientAuth

  constructor(login: OauthLogin, table: ProviderTable) {
    const { id, secret, tenant = 'common' } = login.client
    this.#login = login
    this.endpoints = table[login.provider](encodeURIComponent(tenant))
    const { issuer, authorization, token, device } = this.endpoints
    this.#server = {
      issuer,
      authorization_endpoint: authorization,
      token_endpoint: token,
      ...(device === undefined ? {} : { device_authorization_endpoint: device }),
    }
    this.#client = { client_id: id, [oauth.clockTolerance]: toleratedSkewSeconds }
    this.#auth = secret === undefined ? oauth.None() : oauth.ClientSecretPost(secret)
  }

  async refresh(refreshToken: string): Promise<Granted> {
    return this.#explained([refreshToken], async () => {
      const options = this.#options()
      const answer = await oauth.refreshTokenGrantRequest(this.#server, this.#client, this.#auth, refreshToken, options)
      return toGranted(await oauth.processRefreshTokenResponse(this.#server, this.#client, answer))
    })
  }

  /** Where a person grants access (RFC 6749 §4.1.1, RFC 7636). */
  async authorizationUrl({ verifier, state, redirect }: CodeRequest): Promise<string> {
    const { authorization, scope, extra } = this.endpoints
    const url = new URL(authorization)
    const parameters = {
      client_id: this.#login.client.id,
      response_type: 'code',
      redirect_uri: redirect,
      scope,
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      login_hint: this.#login.user,
      ...extra,
    }
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    return url.href
  }

  /** Of an answer whose state has been checked. */
  async redeem(answered: URLSearchParams, { verifier, state, redirect }: CodeRequest): Promise<Granted> {
    return this.#explained([verifier, state, answered.get('code') ?? ''], async () => {
      const valid = oauth.validateAuthResponse(this.#server, this.#client, answered, state)
      const answer = await oauth.authorizationCodeGrantRequest(
        this.#server,
        this.#client,
        this.#auth,
        valid,
        redirect,
        verifier,
        this.#options(),
      )
      return toGranted(await oauth.processAuthorizationCodeResponse(this.#server, this.#client, answer))
    })
  }

  /** Begins a grant by a code that is typed elsewhere (RFC 8628). */
  async startDevice(): Promise<oauth.DeviceAuthorizationResponse> {
    return this.#explained([], async () => {
      const parameters = { scope: this.endpoints.scope }
      const answer = await oauth.deviceAuthorizationRequest(
        this.#server,
        this.#client,
        this.#auth,
        parameters,
        this.#options(),
      )
      return oauth.processDeviceAuthorizationResponse(this.#server, this.#client, answer)
    })
  }

  /** `slower`: not yet, and ask less often; `pending`: not yet. */
  async pollDevice(code: string): Promise<Granted | 'pending' | 'slower'> {
    return this.#explained([code], async () => {
      const answer = await oauth.deviceCodeGrantRequest(this.#server, this.#client, this.#auth, code, this.#options())
      try {
        return toGranted(await oauth.processDeviceCodeResponse(this.#server, this.#client, answer))
      } catch (error) {
        if (!(error instanceof oauth.ResponseBodyError)) throw error
        if (error.error === 'authorization_pending') return 'pending'
        if (error.error === 'slow_down') return 'slower'
        throw error
      }
    })
  }

  #options(): oauth.TokenEndpointRequestOptions {
    return {
      signal: AbortSignal.timeout(limitMs),
      [oauth.customFetch]: boundedFetch,
      // Never so in the table of providers; the servers of tests listen on loopback.
      // oxlint-disable-next-line typescript/no-deprecated -- marked so that it stands out
      [oauth.allowInsecureRequests]: this.endpoints.token.startsWith('http://127.0.0.1:'),
    }
  }

  async #explained<T>(secrets: readonly string[], act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      const { secret } = this.#login.client
      const hidden = secret === undefined ? secrets : [...secrets, secret]
      throw explainOauth(error, { login: this.#login, name: this.endpoints.name, secrets: hidden })
    }
  }
}

/** What belongs to one request for a code. */
export interface CodeRequest {
  readonly verifier: string
  readonly state: string
  readonly redirect: string
}

export function newCodeRequest(redirect: string): CodeRequest {
  return { verifier: oauth.generateRandomCodeVerifier(), state: oauth.generateRandomState(), redirect }
}

function toGranted({
  access_token: token,
  expires_in: seconds,
  refresh_token: refresh,
}: oauth.TokenEndpointResponse): Granted {
  return {
    accessToken: checkPassword(token, 'the provider'),
    lifeMs: seconds === undefined ? undefined : seconds * 1000,
    refreshToken: refresh === undefined ? undefined : checkPassword(refresh, 'the provider'),
  }
}
