import { CommandRefused, bad, no } from './command-refused.ts'
import { InputError, readCommand } from './command-reader.ts'
import { fetchCommands } from './fetch-command.ts'
import { listCommands } from './list-commands.ts'
import { loginCommands } from './login-commands.ts'
import { mailboxCommands } from './mailbox-commands.ts'
import { messageCommands } from './message-commands.ts'
import { parseCommand } from './command-arguments.ts'
import { searchCommands } from './search-command.ts'
import type { CommandHandler, CommandTable } from './command-handler.ts'
import { isFlowAction } from './faults.ts'
import type { FaultAction, FlowAction } from './faults.ts'
import type { ParsedCommand } from './command-arguments.ts'
import type { RawCommand } from './command-reader.ts'
import type { Session } from './session.ts'

const commands: CommandTable = {
  ...loginCommands,
  ...listCommands,
  ...mailboxCommands,
  ...fetchCommands,
  ...searchCommands,
  ...messageCommands,
}

/** Asked before the greeting (undefined) and before each command: notes it, and tells what is to go wrong with it. */
export type OnCommand = (line: string | undefined) => readonly FaultAction[]

/** Serves one connection until either side ends it. Never rejects. */
export async function serveSession(session: Session, onCommand: OnCommand): Promise<void> {
  const greeting = (): string => `OK [CAPABILITY ${session.capabilities}] mailmirror demo is ready`
  let goesOn = await respond(session, { tag: '*', actions: onCommand(undefined), run: greeting })
  while (goesOn) {
    const command = await nextCommand(session)
    if (command === undefined) break
    goesOn = command === 'refused' || (await answerCommand(session, command, onCommand(command.line)))
  }
  session.select(undefined)
}

/** Input that is no command is answered here; undefined: there will be no further one. */
async function nextCommand(session: Session): Promise<RawCommand | 'refused' | undefined> {
  const invite = (): void => {
    session.output.write('+ go ahead\r\n')
    void session.output.flush()
  }
  const { source, server } = session
  try {
    return await readCommand({
      source,
      limits: session.user === undefined ? loginLimits : server.limits,
      nonSynchronizing: session.has('LITERAL+'),
      invite,
    })
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    if (error.fatal) return endWithBye(session, error.message)
    session.output.write(`${error.tag} NO ${error.message}\r\n`)
    await session.output.flush()
    return 'refused'
  }
}

/** Before the login there is no reason to send much. */
const loginLimits = { maxLineOctets: 8192, maxLiteralOctets: 8192 }

async function endWithBye(session: Session, text: string): Promise<undefined> {
  session.output.write(`* BYE ${text}\r\n`)
  await session.output.end('fin')
  return undefined
}

async function answerCommand(session: Session, raw: RawCommand, actions: readonly FaultAction[]): Promise<boolean> {
  let command: ParsedCommand
  try {
    command = parseCommand(raw.parts)
  } catch (error) {
    if (!(error instanceof CommandRefused)) throw error
    const tag = /^[^\s()"{%*\\+]+/.exec(raw.line)?.[0] ?? '*'
    return respond(session, { tag, actions, run: () => `BAD ${error.message}` })
  }
  const goesOn = await respond(session, { tag: command.tag, actions, run: () => runCommand(session, command) })
  if (goesOn) session.beginTlsIfAsked()
  return goesOn && !session.isOver
}

interface Response {
  readonly tag: string
  readonly actions: readonly FaultAction[]
  /** Sends the untagged responses and returns the last one, without its tag. */
  readonly run: () => string | Promise<string>
}

/** Answers, with whatever is to go wrong. False: the connection has ended. */
async function respond(session: Session, { tag, actions, run }: Response): Promise<boolean> {
  const { output } = session
  session.useFaults(actions)
  await output.pause(session.server.latencyMs)
  for (const action of actions.filter(isFlowAction)) if (!(await actBefore(session, action))) return false
  const answer = actions.find((action) => action.kind === 'answer')
  const completion = answer === undefined ? await run() : `${answer.status} ${answer.text}`
  const other = actions.find((action) => action.kind === 'completion')
  session.send(`${tag} ${other?.text ?? completion}`)
  await output.flush()
  const ending = actions.find((action) => action.kind === 'close' || action.kind === 'cut')
  if (ending !== undefined) await output.end(ending.how)
  else if (session.isOver) await output.end('fin')
  if (ending?.how === 'stall') await output.untilClosed()
  return ending === undefined
}

async function runCommand(session: Session, command: ParsedCommand): Promise<string> {
  try {
    const handler = findHandler(session, command)
    const completion = await handler.run(session, command)
    session.sendUpdates(handler.keepsSeqNums !== true)
    return completion
  } catch (error) {
    if (error instanceof CommandRefused) return `${error.status} ${error.message}`
    throw error
  }
}

function findHandler(session: Session, { name }: ParsedCommand): CommandHandler {
  const handler = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (handler === undefined || (handler.extension !== undefined && !session.has(handler.extension))) {
    throw bad(`${name.slice(0, 40)} is not known here`)
  }
  const isLoggedIn = session.user !== undefined
  if (handler.when === 'not-authenticated' && isLoggedIn) throw bad('you are logged in')
  if ((handler.when === 'authenticated' || handler.when === 'selected') && !isLoggedIn) throw no('log in first')
  if (handler.when === 'selected' && !session.isSelected) throw bad('no mailbox is selected')
  return handler
}

/** What an action does before the command is carried out. False: that was all. */
async function actBefore(session: Session, action: FlowAction): Promise<boolean> {
  const { output } = session
  switch (action.kind) {
    case 'bye':
    case 'close':
    case 'stall':
    case 'keep-alive':
      return endsInstead(session, action)
    case 'cut':
      output.cutAfter(action.afterOctets, action.how)
      return true
    case 'delay':
      await output.pause(action.ms, action.afterOctets)
      return true
    case 'inject':
      for (const line of action.lines) output.write(`${line}\r\n`)
      return true
    case 'run':
      await action.run()
      return true
    case 'answer':
    case 'completion':
      return true
  }
}

type EndingAction = Extract<FlowAction, { kind: 'bye' | 'close' | 'stall' | 'keep-alive' }>

async function endsInstead(session: Session, action: EndingAction): Promise<boolean> {
  const { output } = session
  if (action.kind === 'close' && action.when === 'after') return true
  if (action.kind === 'bye') await endWithBye(session, action.text)
  else if (action.kind === 'close') await output.end(action.how)
  else if (action.kind === 'stall') await output.untilClosed()
  else await keepAlive(session, action.everyMs, action.text ?? 'Still here')
  return false
}

async function keepAlive({ output }: Session, everyMs: number, text: string): Promise<void> {
  while (!output.isClosed) {
    output.write(`* OK ${text}\r\n`)
    await output.flush()
    await output.pause(Math.max(1, everyMs))
  }
}
