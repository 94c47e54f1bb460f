import { AppError } from '../model/errors.ts'
import type { Config } from '../model/account.ts'
import { formatOctets } from '../model/format-octets.ts'
import { findingsOf } from './finding.ts'
import type { Finding } from './finding.ts'
import { storeModes } from './modes.ts'
import type { DoctorPorts, FoundPlace, LockOwner, StoreLook } from './ports.ts'
import { countOf } from './quantities.ts'
import type { Check } from './run-check.ts'

/** What there is of a store; undefined: something that cannot be read. */
export type StoreState = StoreLook | 'none yet' | undefined

/** What the check-up of a store goes on with. */
export interface StoreVisit {
  readonly config: Config
  readonly path: string
  /** Whether SQLite could be loaded: without it no store can be opened. */
  readonly isLoaded: boolean
  readonly onState: (state: StoreState) => void
}

/** In this order, one after the other: a later one may go by what an earlier one has found. */
export function storeChecks(ports: DoctorPorts, visit: StoreVisit): readonly Check[] {
  const { path } = visit
  let state: StoreState
  const onState = (now: StoreState): void => {
    state = now
    visit.onState(now)
  }
  const outside: readonly Check[] = [
    { name: 'disk', limitMs: 10_000, run: () => checkDisk(ports, visit) },
    { name: 'modes', limitMs: 5000, run: () => checkModes(ports, path) },
  ]
  if (!visit.isLoaded) return outside
  const isReadable = (): boolean => typeof state === 'object'
  return [
    ...outside,
    { name: 'store', limitMs: 60_000, run: () => checkStore(ports, { ...visit, onState }) },
    { name: 'index', limitMs: 20_000, run: async () => (isReadable() ? [await checkIndex(ports, visit)] : []) },
    { name: 'lock', limitMs: 5000, run: async () => lockFindings(await lockOwner(ports, path), isReadable()) },
  ]
}

async function checkModes({ machine }: DoctorPorts, path: string): Promise<readonly Finding[]> {
  const { folder } = await machine.place(path)
  const found = await machine.path(folder)
  return found === undefined ? [] : storeModes(found, await machine.storeFiles(path))
}

async function checkStore(ports: DoctorPorts, visit: StoreVisit): Promise<readonly Finding[]> {
  const { note, bad } = findingsOf('store')
  try {
    return await checkIntegrity(ports, visit)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    // What is unsafe about it the looks at its folder and modes have told.
    if (error.code === 'STORE_UNSAFE') return []
    // A link that leads nowhere is a disk that is not there.
    const isNew = error.code === 'STORE_MISSING' && error.message.startsWith('there is no store')
    if (error.code === 'STORE_OUTDATED') return [note(error.message, { remedy: error.hint })]
    if (!isNew) return [bad(error.message, { remedy: error.hint })]
    visit.onState('none yet')
    return [note('there is no store yet: the first sync makes it', { remedy: 'mailmirror sync' })]
  }
}

async function lockOwner({ stores }: DoctorPorts, path: string): Promise<LockOwner | undefined> {
  try {
    return await stores.lockOwner(path)
  } catch (error) {
    // That there is none has been told.
    if (error instanceof AppError && error.code === 'STORE_MISSING') return undefined
    throw error
  }
}

const leastFree = 100e6

async function checkDisk({ machine }: DoctorPorts, { config, path }: StoreVisit): Promise<readonly Finding[]> {
  const place = await machine.place(path)
  const { bad } = findingsOf('disk')
  const findings: Finding[] = []
  if (place.refusal !== undefined) {
    const { text, remedy } = refusals[place.refusal] ?? { text: place.refusal, remedy: 'look at its owner and modes' }
    findings.push(bad(`nothing can be written in ${place.folder}: ${text}`, { remedy }))
  }
  if (place.network !== undefined && !config.storeOnNetwork) {
    findings.push(
      bad(`${place.folder} is on a network file system (${place.network}), where SQLite may lose data`, {
        remedy: 'name a path on a local disk as `store` in the config; `store-on-network = true` permits this one',
      }),
    )
  }
  return findings.length > 0 ? findings : [freeSpace(place)]
}

const refusals: Readonly<Record<string, { readonly text: string; readonly remedy: string }>> = {
  EROFS: { text: 'the file system is mounted read-only', remedy: 'mount it writable, or name another `store`' },
  EACCES: { text: 'you may not', remedy: 'look at its owner and modes' },
  ENOTDIR: { text: 'it is no folder', remedy: 'name another path as `store` in the config' },
}

function freeSpace({ freeOctets, folder, network }: FoundPlace): Finding {
  const { good, note, bad } = findingsOf('disk')
  const where = network === undefined ? folder : `${folder} (${network})`
  const text = `${formatOctets(freeOctets)} free in ${where}`
  if (freeOctets < leastFree / 10) return bad(`${text}: a sync would end for lack of room`, { remedy: makeRoom })
  return freeOctets < leastFree ? note(`only ${text}`, { remedy: makeRoom }) : good(text)
}

const makeRoom = 'free some space there, or name a path on a larger disk as `store` in the config'

async function checkIntegrity({ stores, machine }: DoctorPorts, visit: StoreVisit): Promise<readonly Finding[]> {
  const { config, path, onState } = visit
  // Of a database with a write-ahead log nothing can be read where nothing can be written.
  const { refusal } = await machine.place(path)
  if (refusal === 'EROFS' && (await machine.path(path)) !== undefined) return []
  const { good, bad } = findingsOf('store')
  const look = await stores.look(config, path)
  onState(look)
  if (look.complaints.length > 0) {
    return [
      bad(`the database is damaged: ${look.complaints[0]}`, {
        remedy: 'keep a copy of the file, then run `mailmirror verify`',
        details: look.complaints.slice(1),
      }),
    ]
  }
  const holds = `${countOf(look.messages, 'message')} in ${formatOctets(look.octets)}, schema ${look.schemaVersion}`
  const without = look.unchecked.length === 0 ? '' : ` but for ${look.unchecked.join(', ')}`
  return [good(`${holds}; checked quickly${without}, \`mailmirror verify\` checks every octet`)]
}

async function checkIndex({ stores }: DoctorPorts, { config, path }: StoreVisit): Promise<Finding> {
  const { good, note, bad } = findingsOf('index')
  const later = { remedy: 'mailmirror reindex --pending' }
  try {
    const { pending, stale, troubled } = await stores.index(config, path)
    if (pending > 0) return note(`${countOf(pending, 'message')} cannot be searched yet`, later)
    if (stale > 0) return note(`${countOf(stale, 'message')} indexed by another version`, later)
    const odd = troubled === 0 ? '' : `; ${countOf(troubled, 'message')} could be read only in part`
    return good(`every message can be searched${odd}`)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return bad(error.message, { remedy: 'mailmirror reindex' })
  }
}

function lockFindings(owner: LockOwner | undefined, isStore: boolean): readonly Finding[] {
  const { good, note } = findingsOf('lock')
  if (owner === undefined) return isStore ? [good('no sync runs at the moment')] : []
  const { pid, program, host, since } = owner
  const who = [`process ${pid ?? '?'}`, program === '' ? '' : `(${program})`, host === undefined ? '' : `on ${host}`]
  const text = `${who.filter((word) => word !== '').join(' ')} holds the store${since === undefined ? '' : ` since ${since}`}`
  return [note(text, { remedy: 'mailmirror profile top' })]
}
