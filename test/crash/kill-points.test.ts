import { expect, test } from 'vitest'
import { expectToSurviveKill, openKillStage, scenarios, spread } from './kill-points.ts'
import type { KillPoint, KillStage } from './kill-points.ts'

// Sixty in both: most of them where something is written.
const most = { pwrite64: 13, fsync: 7, ftruncate: 1, unlink: 1, write: 5, epoll_pwait: 3, read: 2 }

test.each(scenarios)(
  'F06 $name that is killed at a system call loses, doubles and damages nothing',
  async (scenario) => {
    await using stage = await openKillStage(scenario)
    let killed = 0
    for (const point of spread(stage, most)) if (await killThereOrBefore(stage, point)) killed++
    expect(killed).toBeGreaterThanOrEqual(30)
  },
  300_000,
)

/** No two runs make the same calls: one that ended before the point is killed a fifth earlier. */
async function killThereOrBefore(stage: KillStage, { call, nth }: KillPoint): Promise<boolean> {
  for (let earlier = nth; earlier > nth / 3; earlier = Math.floor(earlier * 0.8)) {
    if (await expectToSurviveKill(stage, { call, nth: earlier })) return true
  }
  return false
}
