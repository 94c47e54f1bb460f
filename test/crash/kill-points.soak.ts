import { expect, test } from 'vitest'
import { expectToSurviveKill, openKillStage, scenarios, spread } from './kill-points.ts'

/** `2/5`: the second of five equal parts. */
const [part = 1, parts = 1] = (process.env['MAILMIRROR_SOAK_PART'] ?? '1/1').split('/').map(Number)
const most = { pwrite64: 5000, fsync: 5000, ftruncate: 5000, unlink: 5000, write: 5000, epoll_pwait: 5000, read: 5000 }

test.each(scenarios)('F06 $name may be killed at any system call', async (scenario) => {
  await using stage = await openKillStage(scenario)
  const points = spread(stage, most).filter((_, index) => index % parts === part - 1)
  const failed: string[] = []
  let killed = 0
  for (const point of points) {
    try {
      if (await expectToSurviveKill(stage, point)) killed++
    } catch (error) {
      failed.push(`${point.call} ${point.nth}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  // oxlint-disable-next-line eslint/no-console -- the figure that a soak is run for
  console.log(`${scenario.name}: killed at ${killed} distinct points of ${points.length}, ${failed.length} failed`)
  expect(failed).toEqual([])
})
