import { AppError } from '../model/errors.ts'

/** No password is nearly so long; what is longer comes from the wrong place. */
export const maxOctets = 64 * 1024

/** The password in what a source gave, without the line break that ends it. `where` names the source, as in "the
 *  environment variable NAME". Throws SECRET_UNAVAILABLE, which tells nothing of the octets. */
export function octetsToPassword(octets: Uint8Array, where: string): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(octets)
  } catch {
    // The decoder's error adds nothing.
    throw unavailable(where, 'it is not UTF-8')
  }
  return checkPassword(text.replace(/\r?\n$/, ''), where)
}

/** Throws SECRET_UNAVAILABLE for what cannot be a password: a command that carries it would be cut or split (S23). */
export function checkPassword(text: string, where: string): string {
  if (text === '') throw unavailable(where, 'it is empty')
  if (/[\0\r\n]/.test(text)) throw unavailable(where, 'it holds a line break or a NUL')
  return text
}

interface Advice {
  readonly hint?: string
  readonly cause?: unknown
}

export function unavailable(where: string, why: string, { hint, cause }: Advice = {}): AppError {
  return new AppError({
    code: 'SECRET_UNAVAILABLE',
    message: `could not get the password from ${where}: ${why}`,
    hint: hint ?? 'see `password` of this account in the config',
    cause,
  })
}

export function interrupted(): AppError {
  return new AppError({ code: 'INTERRUPTED', message: 'interrupted while waiting for a password' })
}
