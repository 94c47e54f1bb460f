import { AppError } from '../model/errors.ts'

/** Octets of a path (RFC 5321 §4.5.3.1.3). */
const longestAddress = 254

/** Whether it can stand in an envelope: `local@domain`, with nothing that ends or begins something else there. */
function isAddress(text: string): boolean {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, at)
  const domain = text.slice(at + 1)
  return (
    at > 0 &&
    Buffer.byteLength(text) <= longestAddress &&
    Buffer.byteLength(local) <= 64 &&
    isLocal(local) &&
    isDomain(domain)
  )
}

/** A dot-atom or a quoted string (RFC 5321 §4.1.2), with UTF-8 (RFC 6531 §3.3). */
function isLocal(local: string): boolean {
  return /^(?:[\p{L}\p{M}\p{N}\p{S}!#$%&'*+\-/=?^_`{|}~.]+|"(?:[^"\\\p{Cc}\p{Cs}<> ]|\\[^\p{Cc}\p{Cs}<> ])+")$/u.test(
    local,
  )
}

function isDomain(domain: string): boolean {
  return /^(?:\[[\w.:-]+\]|[\p{L}\p{M}\p{N}_-]+(?:\.[\p{L}\p{M}\p{N}_-]+)*\.?)$/u.test(domain)
}

/** Throws USAGE for what could not be delivered, or would say something else on the wire (S26). */
export function checkAddress(address: string, where: string): string {
  if (isAddress(address)) return address
  throw new AppError({
    code: 'USAGE',
    message: `${JSON.stringify(address)} in ${where} is no address`,
    hint: 'an address looks like zoe@example.org, or with a name: "Zoe <zoe@example.org>"',
    scope: 'message',
  })
}

/** Each once, in the order of their first mention; domains compare without case. */
export function uniqueAddresses(addresses: readonly string[]): readonly string[] {
  const seen = new Map<string, string>()
  for (const address of addresses) {
    const at = address.lastIndexOf('@')
    const key = `${address.slice(0, at)}${address.slice(at).toLowerCase()}`
    if (!seen.has(key)) seen.set(key, address)
  }
  return [...seen.values()]
}
