import { AppError } from './errors.ts'

/** undefined: the server refused it (COMMAND_REJECTED), which costs no more than what was asked. Any other error is thrown. */
export async function unlessRefused<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking
  } catch (error) {
    if (error instanceof AppError && error.code === 'COMMAND_REJECTED') return undefined
    throw error
  }
}
