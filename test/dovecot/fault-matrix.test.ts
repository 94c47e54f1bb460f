import { describe, expect, test } from 'vitest'
import { withoutServers } from '../servers/unpacked.ts'
import { withoutDovecot } from '../servers/without-dovecot.ts'
import { expectToSurvive, matrixServers, openMatrixStage, someFaults } from './fault-matrix.ts'

describe.skipIf(withoutServers || withoutDovecot).each(matrixServers)('F01, F02 between us and $name', (server) => {
  const seed = matrixServers.indexOf(server) * 2

  test('every kind of fault, each in one of the places, costs nothing that lasts', async () => {
    await using stage = await openMatrixStage(server)
    const fired: string[] = []
    for (const fault of someFaults(seed)) {
      if ((await expectToSurvive(stage, fault)) > 0) fired.push(`${fault.kind} at ${fault.place}`)
    }
    expect(fired).toEqual(someFaults(seed).map(({ kind, place }) => `${kind} at ${place}`))
  }, 120_000)
})
