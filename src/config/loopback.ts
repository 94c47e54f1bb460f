/** The address without the brackets that an IPv6 address may have. */
export function withoutBrackets(host: string): string {
  return /^\[.*\]$/.test(host) ? host.slice(1, -1) : host
}

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.|$)){4}$/

/** 4, 6, or 0 for what is no IP address. Only an address with colons costs the loading of `node:net`: `status` starts in a
 *  few milliseconds. */
export function familyOf(address: string): 0 | 4 | 6 {
  if (ipv4.test(address) && !address.endsWith('.')) return 4
  return address.includes(':') && process.getBuiltinModule('node:net').isIPv6(address) ? 6 : 0
}

/** Whether what goes to `host` stays on this machine: 127.0.0.0/8, ::1 (in brackets or not) and `localhost`. */
export function isLoopback(host: string): boolean {
  const bare = withoutBrackets(host)
  switch (familyOf(bare)) {
    case 0:
      return bare.toLowerCase() === 'localhost'
    case 4:
      return bare.startsWith('127.')
    case 6:
      return isLoopbackIpv6(bare)
  }
}

function isLoopbackIpv6(address: string): boolean {
  const { BlockList } = process.getBuiltinModule('node:net')
  const loopback = new BlockList()
  loopback.addSubnet('127.0.0.0', 8, 'ipv4')
  loopback.addAddress('::1', 'ipv6')
  return loopback.check(address, 'ipv6')
}
