import { expect, test } from 'vitest'
import { expectToSurviveKill, openKillStage, scenarios, spread } from './kill-points.ts'

// Sixty in both: most of them where something is written.
const most = { pwrite64: 13, fsync: 7, ftruncate: 1, unlink: 1, write: 5, epoll_pwait: 3, read: 2 }

test.each(scenarios)(
  'F06 $name that is killed at a system call loses, doubles and damages nothing',
  async (scenario) => {
    await using stage = await openKillStage(scenario)
    let killed = 0
    for (const point of spread(stage, most)) if (await expectToSurviveKill(stage, point)) killed++
    expect(killed).toBeGreaterThanOrEqual(30)
  },
  300_000,
)
