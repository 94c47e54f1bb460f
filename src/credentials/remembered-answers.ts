import { interrupted } from './password-text.ts'

/** A question that has been put and not failed; its answer serves all who ask the same. */
interface Question<T> {
  readonly answer: Promise<T>
  readonly giveUp: AbortController
  waiting: number
  isOpen: boolean
}

/** Remembers answers by their key; whoever asks while a question is open waits for the same answer. A failure is told to all who
 *  wait and then forgotten. A question that nobody waits for any more is given up. */
export class RememberedAnswers<T> {
  readonly #questions = new Map<string, Question<T>>()

  async get(key: string, read: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    if (signal.aborted) throw interrupted()
    const question = this.#questions.get(key) ?? this.#ask(key, read)
    const aborted = Promise.withResolvers<never>()
    const onAbort = (): void => aborted.reject(interrupted())
    signal.addEventListener('abort', onAbort)
    question.waiting++
    try {
      return await Promise.race([question.answer, aborted.promise])
    } finally {
      signal.removeEventListener('abort', onAbort)
      question.waiting--
      if (question.isOpen && question.waiting === 0) this.#drop(key, question)
    }
  }

  /** The next one who asks gets a new answer, unless that has happened since `answer` was given. */
  async forget(key: string, answer: T): Promise<void> {
    const question = this.#questions.get(key)
    if (question === undefined || question.isOpen) return
    if ((await question.answer) === answer && this.#questions.get(key) === question) this.#questions.delete(key)
  }

  #ask(key: string, read: (signal: AbortSignal) => Promise<T>): Question<T> {
    const giveUp = new AbortController()
    const question = { answer: read(giveUp.signal), giveUp, waiting: 0, isOpen: true }
    this.#questions.set(key, question)
    question.answer.then(
      () => (question.isOpen = false),
      // Those who wait are told by the promise itself; nobody shall find the failed question again.
      () => this.#drop(key, question),
    )
    return question
  }

  /** There is no answer, or nobody waits for it any more. */
  #drop(key: string, question: Question<T>): void {
    if (this.#questions.get(key) === question) this.#questions.delete(key)
    question.giveUp.abort()
  }
}
