import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'
import type { KeyObject } from 'node:crypto'

export interface CertificateOptions {
  /** Common name; default `localhost`. */
  readonly subject?: string
  /** DNS names; default `localhost`. */
  readonly names?: readonly string[]
  /** Default 127.0.0.1 and ::1. */
  readonly addresses?: readonly string[]
  /** Default: yesterday. */
  readonly notBefore?: Date
  /** Default: in a year. */
  readonly notAfter?: Date
  /** Default: signed by its own key. */
  readonly issuer?: Certificate
  /** May issue others. */
  readonly isAuthority?: boolean
}

export interface Certificate {
  readonly subject: string
  readonly privateKey: KeyObject
  /** PEM, as node:tls takes them. */
  readonly key: string
  readonly cert: string
  /** `sha256:` and 64 hex digits, of the DER. */
  readonly fingerprint: string
}

const day = 24 * 3600 * 1000

/** Makes a key (P-256) and its X.509 certificate (RFC 5280), in memory. */
export function makeCertificate(options: CertificateOptions = {}): Certificate {
  const { subject = 'localhost', issuer } = options
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const toSign = tbsCertificate(options, publicKey)
  const signature = sign('sha256', toSign, issuer?.privateKey ?? privateKey)
  const octets = sequence(toSign, ecdsaWithSha256, bitString(signature))
  return {
    subject,
    privateKey,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${(octets.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`,
    fingerprint: `sha256:${createHash('sha256').update(octets).digest('hex')}`,
  }
}

function tbsCertificate(options: CertificateOptions, publicKey: KeyObject): Buffer {
  const { subject = 'localhost', issuer } = options
  const { notBefore = new Date(Date.now() - day), notAfter = new Date(Date.now() + 365 * day) } = options
  return sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    commonName(issuer?.subject ?? subject),
    sequence(time(notBefore), time(notAfter)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions(options, publicKey))),
  )
}

function extensions(options: CertificateOptions, publicKey: KeyObject): Buffer[] {
  const { names = ['localhost'], addresses = ['127.0.0.1', '::1'], isAuthority = false } = options
  const basicConstraints = sequence(...(isAuthority ? [boolean(true)] : []))
  const keyIdentifier = createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest()
  const all = [
    sequence(oid('2.5.29.19'), boolean(true), octetString(basicConstraints)),
    sequence(oid('2.5.29.14'), octetString(octetString(keyIdentifier))),
  ]
  const alternatives = [
    ...names.map((name) => tagged(0x82, Buffer.from(name, 'latin1'))),
    ...addresses.map((address) => tagged(0x87, addressOctets(address))),
  ]
  if (!isAuthority && alternatives.length > 0) {
    all.push(sequence(oid('2.5.29.17'), octetString(sequence(...alternatives))))
  }
  return all
}

function addressOctets(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [left, right] = address.split('::', 2).map(groupsOf)
  const given = [...(left ?? []), ...(right ?? [])]
  const all = [...(left ?? []), ...Array<number>(8 - given.length).fill(0), ...(right ?? [])]
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]))
}

function groupsOf(text: string): number[] {
  return text
    .split(':')
    .filter(Boolean)
    .map((group) => Number.parseInt(group, 16))
}

/** A DER element: tag, length, content (X.690 §8.1). */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content])
  const octets = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...octets]), content])
}

function sequence(...items: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(items))
}

/** Positive: the first octet is between 1 and 127. */
function integer(octets: Buffer): Buffer {
  return tagged(0x02, octets)
}

function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.from([value ? 0xff : 0]))
}

function bitString(octets: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([0]), octets]))
}

function octetString(octets: Buffer): Buffer {
  return tagged(0x04, octets)
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const octets = [first * 40 + second]
  for (const arc of rest) {
    const groups = [arc & 0x7f]
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80)
    octets.push(...groups)
  }
  return tagged(0x06, Buffer.from(octets))
}

function commonName(name: string): Buffer {
  return sequence(tagged(0x31, sequence(oid('2.5.4.3'), tagged(0x0c, Buffer.from(name, 'utf8')))))
}

/** GeneralizedTime from 2050 on, UTCTime before (RFC 5280 §4.1.2.5). */
function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return date.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2), 'latin1'))
    : tagged(0x18, Buffer.from(digits, 'latin1'))
}

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'))
