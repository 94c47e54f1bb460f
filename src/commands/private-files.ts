/** The few files that commands make or look at themselves. Everything is made for its owner alone. */
export interface PrivateFiles {
  /** Permission bits; undefined: there is no such file. */
  modeOf(path: string): Promise<number | undefined>
  /** undefined: there is no such file. */
  readText(path: string): Promise<string | undefined>
  writeText(path: string, text: string): Promise<void>
  /** An absolute path; made when it is not there. */
  createFolder(path: string): Promise<string>
  createTemporaryFolder(): Promise<string>
  /** With everything in it. */
  removeFolder(path: string): Promise<void>
}
