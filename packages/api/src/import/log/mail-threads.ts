import { createHash } from 'node:crypto'
import type { Address, Email } from 'postal-mime'

type MailPerson = { readonly address: string; readonly name: string | undefined }

/** A conversation. */
type Thread = {
  readonly id: string
  readonly customer: MailPerson
  /** The id of the first message, and whether that answers a message that is in no mailbox. */
  readonly first: string
  readonly answersUnknown: boolean
}

/** The conversations of mailboxes. */
export type Threads = {
  /** Adds a message by its headers. All messages must be added before the first call of `of`. */
  add(mail: Email): void
  /** Returns the thread of a message; undefined if it was not added. */
  of(mail: Email): Thread | undefined
  isDesk(address: string): boolean
  /** Whether any addresses of the desk are known. */
  readonly knowsDesk: boolean
}

/** The data of a message in memory, some hundreds of bytes. */
type Noted = {
  readonly id: string
  readonly at: number
  readonly from: MailPerson
  readonly to: readonly MailPerson[]
  readonly references: readonly string[]
  readonly subject: string
  readonly isReply: boolean
  readonly isAnswer: boolean
}

/**
 * Joins messages into threads, regardless of their order and files: by their references (`References`, `In-Reply-To`)
 * or, without a reference to a known message, by their subject behind `Re:` and the like.
 * @param desk addresses and domains (`@example.org`) of the desk.
 */
export function createThreads(desk: readonly string[]): Threads {
  const own = new Set(desk.map((entry) => entry.toLowerCase()))
  const isDesk = (address: string): boolean => own.has(address) || own.has(address.slice(address.lastIndexOf('@')))
  const mails = new Map<string, Noted>()
  const joined = createJoined()
  let threads: ReadonlyMap<string, Thread> | undefined

  return {
    add: (mail) => {
      const noted = notedOf(mail)
      for (const id of noted.references) joined.join(noted.id, id)
      if (!mails.has(noted.id)) mails.set(noted.id, noted)
    },
    of: (mail) => {
      threads ??= threadsOf([...mails.values()], joined, isDesk)
      return threads.get(joined.find(messageIdOf(mail)))
    },
    isDesk,
    knowsDesk: own.size > 0,
  }
}

function notedOf(mail: Email): Noted {
  const subject = subjectOf(mail)
  const at = Date.parse(mail.date ?? '')
  return {
    id: messageIdOf(mail),
    at: Number.isNaN(at) ? Number.MAX_SAFE_INTEGER : at,
    from: senderOf(mail),
    to: people(mail.to),
    references: [...idsIn(mail.references), ...idsIn(mail.inReplyTo)],
    subject: subject.key,
    isReply: subject.isReply,
    isAnswer: answerMark.test((mail.subject ?? '').trim()),
  }
}

/** Returns the threads, by the representative id of each. */
function threadsOf(
  mails: readonly Noted[],
  joined: Joined,
  isDesk: (address: string) => boolean,
): ReadonlyMap<string, Thread> {
  const inTime = mails.toSorted((a, b) => a.at - b.at)
  const present = new Set(mails.map(({ id }) => id))
  const answersNothing = ({ references }: Noted): boolean => !references.some((id) => present.has(id))
  const customerOf = ({ from, to }: Noted): MailPerson =>
    isDesk(from.address) ? (to.find(({ address }) => !isDesk(address)) ?? from) : from

  const bySubject = new Map<string, { readonly id: string; readonly customer: string }>()
  for (const mail of inTime) {
    const { id, subject, isReply, references, from, to } = mail
    const last = bySubject.get(subject)
    const takesPart = last && [from, ...to].some(({ address }) => address === last.customer)
    if (last && isReply && answersNothing(mail) && (references.length === 0 || takesPart)) joined.join(id, last.id)
    if (subject === '') continue
    const isSame = last !== undefined && joined.find(last.id) === joined.find(id)
    bySubject.set(subject, { id, customer: isSame ? last.customer : customerOf(mail).address })
  }

  const threads = new Map<string, Thread>()
  for (const mail of inTime) {
    const key = joined.find(mail.id)
    if (threads.has(key)) continue
    threads.set(key, {
      id: hash(mail.references[0] ?? mail.id).slice(0, 20),
      customer: customerOf(mail),
      first: mail.id,
      answersUnknown: answersNothing(mail) && (mail.references.length > 0 || mail.isAnswer),
    })
  }
  return threads
}

/** Disjoint sets of ids; one id represents each set. */
type Joined = { join(one: string, other: string): void; find(id: string): string }

function createJoined(): Joined {
  const parents = new Map<string, string>()
  const find = (id: string): string => {
    let root = id
    for (let up = parents.get(root); up !== undefined; up = parents.get(root)) root = up
    for (let at = id; at !== root;) {
      const up = parents.get(at) ?? root
      parents.set(at, root)
      at = up
    }
    return root
  }
  return {
    join: (one, other) => {
      const [a, b] = [find(one), find(other)]
      if (a !== b) parents.set(a, b)
    },
    find,
  }
}

/** Returns the id of a message, derived from time, author and subject if it has none. */
export const messageIdOf = (mail: Email): string =>
  idsIn(mail.messageId)[0] ?? hash(`${mail.date} ${senderOf(mail).address} ${mail.subject}`)

/** Returns the author of a message; `unknown` if it names none. */
export const senderOf = (mail: Email): MailPerson =>
  people(mail.from && [mail.from])[0] ?? { address: 'unknown', name: undefined }

/** Returns the people of addresses, including those in groups. */
export function people(addresses: readonly Address[] | undefined): readonly MailPerson[] {
  return (addresses ?? []).flatMap((entry) =>
    entry.address ? [{ address: entry.address.toLowerCase(), name: entry.name || undefined }] : people(entry.group),
  )
}

/** Returns the ids in angle brackets. */
const idsIn = (text: string | undefined): readonly string[] =>
  [...(text ?? '').matchAll(/<([^<>\s]+)>/g)].map(([, id = '']) => id)

const replyMark = /^(re|aw|antw|sv|vs|tr|rif|res|odp|fwd?|wg)(\[\d+\])?\s*:\s*/i

/** The prefix of the subject of an answer. A forwarded message is no answer. */
const answerMark = /^(re|aw|antw|sv|vs|rif|res|odp)(\[\d+\])?\s*:/i

/** Returns a subject without the prefixes of mail programs. */
function subjectOf({ subject = '' }: Pick<Email, 'subject'>): { readonly key: string; readonly isReply: boolean } {
  let key = subject.trim()
  while (replyMark.test(key)) key = key.replace(replyMark, '')
  return { key: key.toLowerCase(), isReply: key.length < subject.trim().length }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
