import type { Choice, Questions } from '../../src/ui/questions.ts'

/** Answers one after the other. What was asked and said is kept: a choice with what it offered. */
export class ScriptedQuestions implements Questions {
  readonly log: string[] = []
  readonly #answers: string[]

  constructor(...answers: readonly string[]) {
    this.#answers = [...answers]
  }

  say(message: string): void {
    this.log.push(message)
  }

  warn(message: string): void {
    this.log.push(`! ${message}`)
  }

  async text({ message }: { readonly message: string }): Promise<string> {
    return this.#next(message)
  }

  async password(message: string): Promise<string> {
    return this.#next(message)
  }

  async confirm(message: string): Promise<boolean> {
    return this.#next(message) === 'yes'
  }

  async choose<T extends string>(message: string, choices: readonly Choice<T>[]): Promise<T> {
    const answer = this.#next(`${message} ${choices.map(({ value }) => value).join(' ')}`)
    const chosen = choices.find(({ value }) => value === answer)
    if (chosen === undefined) throw new Error(`${answer} was not offered`)
    return chosen.value
  }

  #next(question: string): string {
    this.log.push(question)
    const answer = this.#answers.shift()
    if (answer === undefined) throw new Error(`nobody answers ${question}`)
    return answer
  }
}
