/** A mailbox name as RFC 9051 Appendix A.1 writes it: modified UTF-7. */
export function encodeMailboxName(path: string): string {
  return path.replaceAll(/&|[^\u0020-\u007e]+/g, (part) => (part === '&' ? '&-' : `&${encodeUtf16(part)}-`))
}

function encodeUtf16(text: string): string {
  const octets = Buffer.from(text, 'utf16le').swap16()
  return octets.toString('base64').replaceAll('/', ',').replaceAll('=', '')
}
