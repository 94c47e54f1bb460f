import { BlockList, isIP } from 'node:net'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether what goes to `host` stays on this machine: 127.0.0.0/8, ::1 (in brackets or not) and `localhost`. */
export function isLoopback(host: string): boolean {
  const bare = /^\[.*\]$/.test(host) ? host.slice(1, -1) : host
  const family = isIP(bare)
  if (family === 0) return bare.toLowerCase() === 'localhost'
  return loopback.check(bare, family === 6 ? 'ipv6' : 'ipv4')
}
