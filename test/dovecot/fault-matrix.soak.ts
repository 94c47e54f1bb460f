import { describe, expect, test } from 'vitest'
import { allFaults, expectToSurvive, matrixServers, openMatrixStage } from './fault-matrix.ts'

describe.each(matrixServers)('F01, F02 between us and $name', (server) => {
  test('every kind of fault in every place costs nothing that lasts', async () => {
    await using stage = await openMatrixStage(server)
    const failed: string[] = []
    let fired = 0
    for (const fault of allFaults) {
      const name = `${fault.kind} at ${fault.place}, ${fault.times} times`
      try {
        if ((await expectToSurvive(stage, fault)) > 0) fired++
        else failed.push(`${name}: did not happen`)
      } catch (error) {
        failed.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    // oxlint-disable-next-line eslint/no-console -- the figure that a soak is run for
    console.log(`${server.name}: ${fired} of ${allFaults.length} faults happened`)
    expect(failed).toEqual([])
  }, 1_800_000)
})
