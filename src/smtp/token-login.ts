import type { CustomAuthenticationContext } from 'nodemailer/lib/smtp-connection'

/** Under this name nodemailer is asked for a login by an access token: under those of the mechanisms it would want to fetch one itself. */
export const tokenMethod = 'ACCESS-TOKEN'

/** XOAUTH2, or OAUTHBEARER (RFC 7628) where the server has only that. */
export async function tokenHandler(context: CustomAuthenticationContext): Promise<void> {
  const { auth } = context
  const user = auth.user ?? ''
  const token: unknown = auth['token']
  const offered: unknown = auth['offered']
  if (typeof token !== 'string') throw new Error('there is no access token to log in with')
  const isBearer = Array.isArray(offered) && offered.includes('OAUTHBEARER') && !offered.includes('XOAUTH2')
  const words = isBearer
    ? `n,a=${user},\u0001auth=Bearer ${token}\u0001\u0001`
    : `user=${user}\u0001auth=Bearer ${token}\u0001\u0001`
  const name = isBearer ? 'OAUTHBEARER' : 'XOAUTH2'
  const answer = await context.sendCommand(`AUTH ${name} ${Buffer.from(words).toString('base64')}`)
  // What is wrong comes as a challenge; the refusal itself follows an empty answer.
  const { status, response } = answer.status === 334 ? await context.sendCommand(isBearer ? 'AQ==' : '') : answer
  if (status === 235) context.resolve()
  else context.reject(new Error(response))
}
