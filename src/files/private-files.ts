const nodePath = process.getBuiltinModule('node:path')

/** Files that commands read and write for themselves: small, and of their owner alone. */
export const privateFiles = {
  modeOf: async (path: string): Promise<number | undefined> => {
    const { stat } = await import('node:fs/promises')
    const found = await unlessAbsent(stat(path))
    return found === undefined ? undefined : found.mode & 0o7777
  },
  readText: async (path: string): Promise<string | undefined> => {
    const { readFile } = await import('node:fs/promises')
    return unlessAbsent(readFile(path, 'utf8'))
  },
  writeText: async (path: string, text: string): Promise<void> => {
    const { writeFile } = await import('node:fs/promises')
    await writeFile(path, text, { mode: 0o600 })
  },
  createFolder: async (path: string): Promise<string> => {
    const { mkdir } = await import('node:fs/promises')
    await mkdir(nodePath.resolve(path), { recursive: true, mode: 0o700 })
    return nodePath.resolve(path)
  },
  createTemporaryFolder: async (): Promise<string> => {
    const { mkdtemp } = await import('node:fs/promises')
    const { tmpdir } = await import('node:os')
    return mkdtemp(nodePath.join(tmpdir(), 'mailmirror-demo-'))
  },
  removeFolder: async (path: string): Promise<void> => {
    const { rm } = await import('node:fs/promises')
    await rm(path, { recursive: true, force: true })
  },
}

async function unlessAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
