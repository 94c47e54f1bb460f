import { AppError } from './errors.ts'

/** What a TLS handshake has shown of a server's certificate. */
export interface PresentedCertificate {
  /** `sha256:` and 64 hex digits of the certificate (DER). */
  readonly fingerprint: string
  readonly subject: string
  readonly validTo: string
  /** Why it is not to be trusted, as Node calls it; undefined: it is. */
  readonly trouble: string | undefined
}

export interface CertificateRules {
  readonly host: string
  /** This certificate and no other, whoever signed it. */
  readonly fingerprint: string | undefined
}

/** Why the certificate is not accepted; undefined: it is. */
export function certificateRefusal(certificate: PresentedCertificate, rules: CertificateRules): AppError | undefined {
  const { host, fingerprint } = rules
  if (fingerprint !== undefined) {
    if (certificate.fingerprint === fingerprint.toLowerCase()) return undefined
    return refused(host, certificate, {
      why: 'it is not the one that the config pins',
      hint: `make sure that the server has a new one, then set \`fingerprint = "${certificate.fingerprint}"\` in the config`,
    })
  }
  if (certificate.trouble === undefined) return undefined
  return refused(host, certificate, {
    why: reasons.get(certificate.trouble) ?? certificate.trouble,
    hint: `if you know it to be the right one, set \`ca-file\`, or \`fingerprint = "${certificate.fingerprint}"\` in the config`,
  })
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'it is signed by itself'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its chain ends in a certificate that is signed by itself'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'the server does not send the certificates that lead to a known authority'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'no authority known here has signed it'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'no authority known here has signed it'],
  ['CERT_HAS_EXPIRED', 'it has expired'],
  ['CERT_NOT_YET_VALID', 'it is not valid yet'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'it was made for another name'],
])

/** What Node tells of a certificate: field by field, since of one without a name, or of none at all, fields are missing. */
export interface NodeCertificate {
  readonly fingerprint256?: string
  readonly subject?: { readonly CN?: unknown }
  readonly subjectaltname?: string | undefined
  readonly valid_to?: string
}

/** `trouble`: the socket's authorizationError, a string whatever the types say; undefined where it is authorized. */
export function presentedCertificate(
  certificate: NodeCertificate,
  trouble: Error | string | undefined,
): PresentedCertificate {
  const { fingerprint256 = '', subject, subjectaltname, valid_to: validTo = 'never' } = certificate
  const name = subject?.CN
  return {
    fingerprint: `sha256:${fingerprint256.replaceAll(':', '').toLowerCase()}`,
    subject: typeof name === 'string' && name !== '' ? name : (subjectaltname ?? 'no name'),
    validTo,
    trouble: trouble instanceof Error ? trouble.message : trouble,
  }
}

function refused(
  host: string,
  { subject, validTo, fingerprint }: PresentedCertificate,
  { why, hint }: { readonly why: string; readonly hint: string },
): AppError {
  return new AppError({
    code: 'TLS_REFUSED',
    fingerprint,
    message: `could not trust the certificate of ${host}: ${why} (subject ${subject}, valid until ${validTo})`,
    hint,
  })
}

/** For both adapters that read it, which may not import each other. */
export function unreadableCaFile(caFile: string, cause: unknown): AppError {
  return new AppError({
    code: 'CONFIG_INVALID',
    message: `could not read the ca-file ${caFile}`,
    hint: 'check the path and its modes; it is a PEM file',
    cause,
  })
}
