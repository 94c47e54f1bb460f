import { spawnSync } from 'node:child_process'

/** Whether there is such a program on this machine. */
export function isInstalled(name: string): boolean {
  return spawnSync(name, ['--version'], { stdio: 'ignore', timeout: 20_000 }).error === undefined
}
