import { AppError } from '../model/errors.ts'

/** No field of a header may begin another one (S26). */
export function oneLine(text: string, where: string): string {
  if (!/[\0\r\n\u2028\u2029]|\p{Cs}/u.test(text)) return text
  throw new AppError({
    code: 'USAGE',
    message: `a line break or NUL in ${where}`,
    hint: 'it must be one line',
    scope: 'message',
  })
}
