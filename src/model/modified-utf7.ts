/** A mailbox name as it goes over the wire (modified UTF-7, RFC 3501 §5.1.3). */
export function pathToWire(path: string): string {
  return path.replaceAll(/[^ -~]+|&/g, (run) => (run === '&' ? '&-' : `&${encodeRun(run)}-`))
}

/** The name that `wire` stands for; undefined when it is no modified UTF-7 in canonical form. */
export function wireToPath(wire: string): string | undefined {
  const path = wire.replaceAll(/&([^-]*)-/g, (_whole, run: string) => (run === '' ? '&' : decodeRun(run)))
  return pathToWire(path) === wire ? path : undefined
}

function encodeRun(run: string): string {
  const octets = Buffer.from(run, 'utf16le').swap16()
  return octets.toString('base64').replaceAll('/', ',').replace(/=+$/, '')
}

function decodeRun(run: string): string {
  const octets = Buffer.from(run.replaceAll(',', '/'), 'base64')
  return octets
    .subarray(0, octets.length - (octets.length % 2))
    .swap16()
    .toString('utf16le')
}
