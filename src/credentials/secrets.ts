import type { SecretSource } from '../model/account.ts'
import type { Secrets } from '../model/secrets.ts'
import { runPasswordCommand, type CommandRules } from './password-command.ts'
import { readPasswordFile } from './password-file.ts'
import { checkPassword, interrupted, unavailable } from './password-text.ts'

export interface SecretsOptions {
  readonly variables: Readonly<Record<string, string | undefined>>
  /** After so long a password command is ended; default 30 s. */
  readonly commandLimitMs?: number
}

/** Passwords from commands, variables and files, as the config names them. */
export function createSecrets({ variables, commandLimitMs = 30_000 }: SecretsOptions): Secrets {
  const rules = { environment: smallEnvironment(variables), limitMs: commandLimitMs }
  return new RememberedSecrets((source, signal) => readSecret(source, { variables, rules, signal }))
}

interface Means {
  readonly variables: SecretsOptions['variables']
  readonly rules: CommandRules
  readonly signal: AbortSignal
}

async function readSecret(source: SecretSource, { variables, rules, signal }: Means): Promise<string> {
  switch (source.kind) {
    case 'command':
      return runPasswordCommand(source.argv, rules, signal)
    case 'env': {
      const where = `the environment variable ${source.name}`
      const value = Object.hasOwn(variables, source.name) ? variables[source.name] : undefined
      if (value === undefined) throw unavailable(where, 'it is not set')
      return checkPassword(value, where)
    }
    case 'file':
      return readPasswordFile(source.path)
  }
}

const passedOn = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'TERM',
  'DBUS_SESSION_BUS_ADDRESS',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'SSH_AUTH_SOCK',
  'GPG_TTY',
  'GNUPGHOME',
  'PASSWORD_STORE_DIR',
])

/** What a password manager needs to find its files, its agent and its screen; other secrets are not inherited (S07). */
function smallEnvironment(variables: SecretsOptions['variables']): Readonly<Record<string, string>> {
  const passed: Record<string, string> = {}
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined && (passedOn.has(name) || /^(?:LC|XDG)_[A-Z_]+$/.test(name))) passed[name] = value
  }
  return passed
}

type ReadSecret = (source: SecretSource, signal: AbortSignal) => Promise<string>

/** A question that has been put and not failed; its answer serves all who ask the same. */
interface Question {
  readonly answer: Promise<string>
  readonly giveUp: AbortController
  waiting: number
  isOpen: boolean
}

class RememberedSecrets implements Secrets {
  readonly #read: ReadSecret
  readonly #questions = new Map<string, Question>()

  constructor(read: ReadSecret) {
    this.#read = read
  }

  async password(source: SecretSource, signal: AbortSignal): Promise<string> {
    if (signal.aborted) throw interrupted()
    const key = JSON.stringify(source)
    const question = this.#questions.get(key) ?? this.#ask(key, source)
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

  #ask(key: string, source: SecretSource): Question {
    const giveUp = new AbortController()
    const question = { answer: this.#read(source, giveUp.signal), giveUp, waiting: 0, isOpen: true }
    this.#questions.set(key, question)
    question.answer.then(
      () => (question.isOpen = false),
      // Those who wait are told by the promise itself; nobody shall find the failed question again.
      () => this.#drop(key, question),
    )
    return question
  }

  /** There is no answer, or nobody waits for it any more. */
  #drop(key: string, question: Question): void {
    if (this.#questions.get(key) === question) this.#questions.delete(key)
    question.giveUp.abort()
  }
}
