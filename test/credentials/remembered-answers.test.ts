import { expect, test } from 'vitest'
import { RememberedAnswers } from '../../src/credentials/remembered-answers.ts'
import { never } from './temporary-secrets.ts'

test('an answer is forgotten by those who have it, not by those who have an older one', async () => {
  const answers = new RememberedAnswers<object>()
  const ask = (): Promise<object> => answers.get('key', () => Promise.resolve({}), never)
  const first = await ask()
  expect(await ask()).toBe(first)
  await answers.forget('key', first)
  const second = await ask()
  expect(second).not.toBe(first)
  await answers.forget('key', first)
  expect(await ask()).toBe(second)
})
