import { describe } from 'vitest'
import { batchContract, flagContract } from './batch-contract.ts'
import type { OpenStore } from './contract-views.ts'
import { epochContract, runContract } from './epoch-contract.ts'
import { mailboxContract } from './mailbox-contract.ts'

/** The contract of `MirrorStore`, for every store that claims it. `open` makes an empty one. */
export function mirrorStoreContract(name: string, open: OpenStore): void {
  describe(`a ${name} store`, () => {
    mailboxContract(open)
    batchContract(open)
    flagContract(open)
    epochContract(open)
    runContract(open)
  })
}
