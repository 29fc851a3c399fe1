import { createHash } from 'node:crypto'
import type { Address, Email } from 'postal-mime'

type MailPerson = { readonly address: string; readonly name: string | undefined }

/** A conversation. */
type Thread = {
  readonly id: string
  readonly customer: MailPerson
  /** The message that it begins with, and whether that answers one that nobody has given. */
  readonly first: string
  readonly answersUnknown: boolean
}

/** The conversations of mailboxes. */
export type Threads = {
  /** Takes note of a message, by its headers: all of them before a thread is asked for. */
  add(mail: Email): void
  /** The thread of a message; undefined for one that was not added. */
  of(mail: Email): Thread | undefined
  isDesk(address: string): boolean
  /** Whether there are addresses of the desk at all. */
  readonly knowsDesk: boolean
}

/** What is kept of a message, some hundreds of bytes. */
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
 * Joins messages, in whatever order and files they come: by what they refer to (`References`, `In-Reply-To`), and where they refer to
 * nothing that is there, by their subject behind `Re:` and the like.
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

/** The threads, by the id that stands for what is joined. */
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

/** Ids in sets that are joined; one id stands for each set. */
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

/** The id of a message; one that has none is known by its time, its author and its subject. */
export const messageIdOf = (mail: Email): string =>
  idsIn(mail.messageId)[0] ?? hash(`${mail.date} ${senderOf(mail).address} ${mail.subject}`)

/** Who wrote a message; `unknown` when it does not say. */
export const senderOf = (mail: Email): MailPerson =>
  people(mail.from && [mail.from])[0] ?? { address: 'unknown', name: undefined }

/** The people behind addresses, those of groups among them. */
export function people(addresses: readonly Address[] | undefined): readonly MailPerson[] {
  return (addresses ?? []).flatMap((entry) =>
    entry.address ? [{ address: entry.address.toLowerCase(), name: entry.name || undefined }] : people(entry.group),
  )
}

/** The ids between angle brackets. */
const idsIn = (text: string | undefined): readonly string[] =>
  [...(text ?? '').matchAll(/<([^<>\s]+)>/g)].map(([, id = '']) => id)

const replyMark = /^(re|aw|antw|sv|vs|tr|rif|res|odp|fwd?|wg)(\[\d+\])?\s*:\s*/i

/** What begins the subject of an answer; one that was forwarded is none. */
const answerMark = /^(re|aw|antw|sv|vs|rif|res|odp)(\[\d+\])?\s*:/i

/** A subject without what mail programs put before it. */
function subjectOf({ subject = '' }: Pick<Email, 'subject'>): { readonly key: string; readonly isReply: boolean } {
  let key = subject.trim()
  while (replyMark.test(key)) key = key.replace(replyMark, '')
  return { key: key.toLowerCase(), isReply: key.length < subject.trim().length }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
