import { AppError } from '../../src/model/errors.ts'

/** The code of the AppError that an action ends with, or `fine`. Any other error is thrown on: it is a bug. */
export function outcomeOf(action: () => unknown): string {
  try {
    action()
    return 'fine'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

/** What a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('it did not fail')
}
