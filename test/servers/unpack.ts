// Unpacks what tests need of Debian's packages without installing it: servers that will not be installed beside each other, and
// collections of messages. `launch test/servers/unpack.ts`.
import { unpackCollections } from '../mime/collections.ts'
import { unpackMailPrograms } from './mail-programs.ts'
import { unpackPostfix } from './postfix.ts'
import { unpackServers } from './unpacked.ts'

await unpackServers()
await unpackPostfix()
await unpackMailPrograms()
await unpackCollections()
