/** What of a message decides where it stands in its thread. */
export interface ThreadMember {
  /** Its number in the store. */
  readonly id: number
  readonly messageId: string | undefined
  readonly inReplyTo: readonly string[]
  readonly references: readonly string[]
  /** Seconds since 1970. */
  readonly date: number | undefined
}

export interface ThreadPlace<Member extends ThreadMember> {
  readonly message: Member
  /** 0: it answers nothing that is there. */
  readonly depth: number
  /** Number of the message that it answers, or of the nearest one above that is there. */
  readonly parent: number | undefined
}

interface Container<Member> {
  member: Member | undefined
  parent: Container<Member> | undefined
}

/** Messages in the order of a conversation: each followed by its answers, these by date. RFC 5256 THREAD=REFERENCES without the
 *  gathering by subject; messages that are missing are left out. Each message appears once, whatever the fields say: a second one
 *  of the same Message-ID stands for itself, and a reference that would close a loop is passed over (F83, F84). */
export function orderThread<Member extends ThreadMember>(members: readonly Member[]): readonly ThreadPlace<Member>[] {
  const answers = new Map<number | undefined, Member[]>()
  for (const container of linkContainers(members.toSorted(earlierFirst))) {
    const { member } = container
    if (member === undefined) continue
    const above = nearestAbove(container)?.id
    const siblings = answers.get(above)
    if (siblings === undefined) answers.set(above, [member])
    else siblings.push(member)
  }
  return inOrder(answers)
}

function linkContainers<Member extends ThreadMember>(members: readonly Member[]): readonly Container<Member>[] {
  const byMessageId = new Map<string, Container<Member>>()
  const named = (messageId: string): Container<Member> => {
    const known = byMessageId.get(messageId) ?? { member: undefined, parent: undefined }
    byMessageId.set(messageId, known)
    return known
  }
  const own = members.map((member) => {
    const container = member.messageId === undefined ? undefined : named(member.messageId)
    if (container === undefined || container.member !== undefined) return { member, parent: undefined }
    container.member = member
    return container
  })
  for (const [index, { references, inReplyTo }] of members.entries()) {
    let above: Container<Member> | undefined
    for (const messageId of references.length > 0 ? references : inReplyTo.slice(0, 1)) {
      const container = named(messageId)
      if (above !== undefined && container.parent === undefined) link(container, above)
      above = container
    }
    const container = own[index]
    // What a message says of itself counts for more than what others say of it.
    if (container !== undefined && above !== undefined) link(container, above)
  }
  return own
}

function link<Member>(container: Container<Member>, above: Container<Member>): void {
  for (let one: Container<Member> | undefined = above; one !== undefined; one = one.parent) {
    if (one === container) return
  }
  container.parent = above
}

function nearestAbove<Member>(container: Container<Member>): Member | undefined {
  let above = container.parent
  while (above !== undefined && above.member === undefined) above = above.parent
  return above?.member
}

/** Without recursion: a thread may be as deep as it has messages. */
function inOrder<Member extends ThreadMember>(
  answers: ReadonlyMap<number | undefined, readonly Member[]>,
): readonly ThreadPlace<Member>[] {
  const places: ThreadPlace<Member>[] = []
  const placesBelow = (parent: number | undefined, depth: number): readonly ThreadPlace<Member>[] =>
    (answers.get(parent) ?? []).map((message) => ({ message, depth, parent })).toReversed()
  const waiting = [...placesBelow(undefined, 0)]
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    places.push(place)
    for (const below of placesBelow(place.message.id, place.depth + 1)) waiting.push(below)
  }
  return places
}

function earlierFirst(a: ThreadMember, b: ThreadMember): number {
  const difference = (a.date ?? 0) - (b.date ?? 0)
  return difference === 0 ? a.id - b.id : difference
}
