// Unpacks the IMAP servers that Debian will not install beside each other: `launch test/servers/unpack.ts`.
import { unpackServers } from './unpacked.ts'

await unpackServers()
