import type { Secrets } from '../../src/model/secrets.ts'

/** One password for every account. */
export function fixedPassword(password: string): Secrets {
  return {
    login: () => Promise.resolve({ kind: 'password', password }),
    renewed: () => Promise.resolve(undefined),
  }
}
