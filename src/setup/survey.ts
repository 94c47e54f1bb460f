/** A mailbox of an account that is to be mirrored. */
export interface SurveyedMailbox {
  readonly path: string
  /** undefined: the server does not say, or was not asked. */
  readonly messages: number | undefined
}

/** What a first look at an account shows. */
export interface Survey {
  readonly serverId: string | undefined
  /** After the login, in capitals. */
  readonly capabilities: readonly string[]
  readonly mailboxes: readonly SurveyedMailbox[]
  /** Of all messages together; undefined: nothing to judge by. */
  readonly estimatedOctets: number | undefined
}
