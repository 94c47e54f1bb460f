import { bad, no } from './command-refused.ts'
import { isWord, textOf, wordsOf } from './command-arguments.ts'
import type { CommandTable } from './command-handler.ts'
import type { ParsedCommand } from './command-arguments.ts'
import type { Session } from './session.ts'

const maxLoginOctets = 4096

/** What concerns the connection itself: RFC 9051 §6.1 and §6.2, ID (RFC 2971), ENABLE (RFC 5161). */
export const loginCommands: CommandTable = {
  CAPABILITY: {
    when: 'any',
    run: (session) => {
      session.send(`* CAPABILITY ${session.capabilities}`)
      return 'OK that is all'
    },
  },
  NOOP: { when: 'any', run: () => 'OK nothing done' },
  LOGOUT: {
    when: 'any',
    run: (session) => {
      session.isOver = true
      session.send('* BYE until next time')
      return 'OK logged out'
    },
  },
  ID: {
    when: 'any',
    extension: 'ID',
    run: (session) => {
      session.send('* ID ("name" "mailmirror demo" "vendor" "mailmirror")')
      return 'OK pleased to meet you'
    },
  },
  STARTTLS: {
    when: 'not-authenticated',
    extension: 'STARTTLS',
    run: (session) => {
      session.askForTls()
      return 'OK begin TLS now'
    },
  },
  LOGIN: {
    when: 'not-authenticated',
    run: (session, { args }) => logIn(session, textOf(args[0]), textOf(args[1])),
  },
  AUTHENTICATE: { when: 'not-authenticated', run: authenticate },
  ENABLE: { when: 'authenticated', extension: 'ENABLE', run: enable },
  NAMESPACE: {
    when: 'authenticated',
    extension: 'NAMESPACE',
    run: (session) => {
      session.send(`* NAMESPACE (("" "${session.store.delimiter}")) NIL NIL`)
      return 'OK one of your own'
    },
  },
}

/** PLAIN, with its response at once or after an invitation (RFC 4616, RFC 4959). */
async function authenticate(session: Session, { args }: ParsedCommand): Promise<string> {
  if (!isWord(args[0], 'PLAIN')) throw no('[CANNOT] only PLAIN is offered')
  if (args[1] !== undefined && !session.has('SASL-IR')) throw bad('SASL-IR is not offered')
  const response = args[1] === undefined ? await askForResponse(session) : textOf(args[1])
  if (response === '*') throw bad('AUTHENTICATE was cancelled')
  const [, user, password] = Buffer.from(response, 'base64').toString('utf8').split('\0')
  if (user === undefined || password === undefined) throw bad('no PLAIN response')
  return logIn(session, user, password)
}

async function askForResponse(session: Session): Promise<string> {
  session.send('+ ')
  await session.output.flush()
  const line = await session.source.readLine(maxLoginOctets)
  if (line === undefined) throw bad('no response came')
  return line
}

function logIn(session: Session, user: string, password: string): string {
  if (session.has('LOGINDISABLED') && !session.isSecure) throw no('[PRIVACYREQUIRED] TLS comes first')
  const { users } = session.server
  if (!Object.hasOwn(users, user) || users[user] !== password) {
    throw no('[AUTHENTICATIONFAILED] wrong name or password')
  }
  session.user = user
  return `OK [CAPABILITY ${session.capabilities}] logged in`
}

function enable(session: Session, { args }: ParsedCommand): string {
  const enabled: string[] = []
  for (const word of wordsOf({ kind: 'list', items: args })) {
    const name = word.toUpperCase()
    if (name !== 'CONDSTORE' && name !== 'QRESYNC') continue
    if (!session.has(name)) continue
    session.enabled.add(name).add('CONDSTORE')
    enabled.push(name)
  }
  session.send(['* ENABLED', ...enabled].join(' '))
  return 'OK enabled'
}
