import { createHash } from 'node:crypto'
import type { Address, Email } from 'postal-mime'
import { isAutomatic } from './automatic-mail.ts'

type MailPerson = { readonly address: string; readonly name: string | undefined }

/** A conversation. */
type Thread = {
  readonly id: string
  readonly customer: MailPerson
  /** The addresses at which the customer is answered. */
  readonly addresses: ReadonlySet<string>
  /** The id of the first message, and whether that answers a message that is in no mailbox. */
  readonly first: string
  readonly answersUnknown: boolean
}

/**
 * Who wrote a message: the customer, an agent to the customer, an agent to others (`internal`), a third person (`other`) or
 * a program that answers by itself (`automatic`).
 */
type MailSender = 'customer' | 'agent' | 'internal' | 'other' | 'automatic'

/** The conversations of mailboxes. */
export type Threads = {
  /** Adds a message by its headers. All messages must be added before the first call of `of`. */
  add(mail: Email): void
  /** Returns the thread of a message, and who wrote it; undefined if it was not added. */
  of(mail: Email): (Thread & { readonly sender: MailSender }) | undefined
}

/** The data of a message in memory, some hundreds of bytes. */
type Noted = {
  readonly id: string
  readonly at: number
  readonly from: MailPerson
  readonly to: readonly MailPerson[]
  readonly cc: readonly MailPerson[]
  readonly replyTo: readonly MailPerson[]
  readonly references: readonly string[]
  readonly subject: string
  readonly isReply: boolean
  readonly isAnswer: boolean
  readonly isAutomatic: boolean
}

/**
 * Joins messages into threads, regardless of their order and files: by their references (`References`, `In-Reply-To`)
 * or, without a reference to a known message, by their subject behind `Re:` and the like, to a thread whose customer wrote
 * or received them.
 * @param desk addresses and domains (`@example.org`) of the desk; without any, those that the first mails went to.
 */
export function createThreads(desk: readonly string[]): Threads {
  const mails = new Map<string, Noted>()
  const joined = createJoined()
  let found: { readonly threads: ReadonlyMap<string, Thread>; readonly isDesk: IsDesk } | undefined

  return {
    add: (mail) => {
      const noted = notedOf(mail)
      for (const id of noted.references) joined.join(noted.id, id)
      if (!mails.has(noted.id)) mails.set(noted.id, noted)
    },
    of: (mail) => {
      found ??= threadsOf([...mails.values()], joined, desk)
      const noted = notedOf(mail)
      const thread = found.threads.get(joined.find(noted.id))
      return thread && { ...thread, sender: senderIn(thread, noted, found.isDesk) }
    },
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
    cc: [...people(mail.cc), ...people(mail.bcc)],
    replyTo: people(mail.replyTo),
    references: [...idsIn(mail.references), ...idsIn(mail.inReplyTo)],
    subject: subject.key,
    isReply: subject.isReply,
    isAnswer: answerMark.test((mail.subject ?? '').trim()),
    isAutomatic: isAutomatic(mail),
  }
}

function senderIn({ addresses }: Thread, { from, to, cc, isAutomatic }: Noted, isDesk: IsDesk): MailSender {
  if (isAutomatic) return 'automatic'
  if (addresses.has(from.address)) return 'customer'
  if (!isDesk(from.address)) return 'other'
  const recipients = [...to, ...cc]
  return recipients.length === 0 || recipients.some(({ address }) => addresses.has(address)) ? 'agent' : 'internal'
}

/** Returns the threads, by the representative id of each. */
function threadsOf(
  mails: readonly Noted[],
  joined: Joined,
  desk: readonly string[],
): { readonly threads: ReadonlyMap<string, Thread>; readonly isDesk: IsDesk } {
  const own = new Set(desk.map((entry) => entry.toLowerCase()))
  const isNamed: IsDesk = (address) => own.has(address) || own.has(domainOf(address))
  const inTime = mails.toSorted((a, b) => a.at - b.at)
  const present = new Set(mails.map(({ id }) => id))
  const answersNothing = ({ references }: Noted): boolean => !references.some((id) => present.has(id))
  const customerOf = ({ from, to }: Noted): MailPerson =>
    isNamed(from.address) ? (to.find(({ address }) => !isNamed(address)) ?? from) : from

  const customers = new Map<string, string>()
  const bySubject = new Map<string, Map<string, { readonly id: string; readonly place: number }>>()
  for (const [place, mail] of inTime.entries()) {
    const { id, subject, isReply, from, to, cc } = mail
    const known = bySubject.get(subject) ?? new Map<string, { readonly id: string; readonly place: number }>()
    const latest = [from, ...to, ...cc]
      .flatMap(({ address }) => known.get(address) ?? [])
      .reduce<{ id: string; place: number } | undefined>(
        (one, other) => (one && one.place > other.place ? one : other),
        undefined,
      )
    const joins = latest !== undefined && isReply && answersNothing(mail)
    const customer = customers.get(joined.find(joins ? latest.id : id)) ?? customerOf(mail).address
    if (joins) joined.join(id, latest.id)
    if (mail.isAutomatic) continue
    customers.set(joined.find(id), customer)
    if (subject !== '') bySubject.set(subject, known.set(customer, { id, place }))
  }

  const threads = new Map<string, Thread>()
  const firsts: Noted[] = []
  for (const mail of [...inTime.filter((each) => !each.isAutomatic), ...inTime.filter((each) => each.isAutomatic)]) {
    const key = joined.find(mail.id)
    if (threads.has(key)) continue
    const customer = customerOf(mail)
    const isByCustomer = customer.address === mail.from.address
    if (!mail.isAutomatic) firsts.push(mail)
    threads.set(key, {
      id: hash(mail.references[0] ?? mail.id).slice(0, 20),
      customer,
      addresses: new Set([customer, ...(isByCustomer ? mail.replyTo : [])].map(({ address }) => address)),
      first: mail.id,
      answersUnknown: !mail.isAutomatic && answersNothing(mail) && (mail.references.length > 0 || mail.isAnswer),
    })
  }
  return { threads, isDesk: own.size > 0 ? isNamed : recipientsOf(firsts) }
}

type IsDesk = (address: string) => boolean

/**
 * Returns whether an address is one that the first mails of threads went to, or of its domain if nobody of that wrote one.
 * Of several recipients of a mail it is not known who is the desk, unless other mails went to one of them alone.
 */
function recipientsOf(firsts: readonly Noted[]): IsDesk {
  const alone = firsts.filter(({ to }) => to.length === 1)
  const addresses = new Set((alone.length > 0 ? alone : firsts).flatMap(({ to }) => to.map(({ address }) => address)))
  const ofCustomers = new Set(firsts.map(({ from }) => domainOf(from.address)))
  const domains = new Set([...addresses].map(domainOf).filter((domain) => !ofCustomers.has(domain)))
  return (address) => addresses.has(address) || domains.has(domainOf(address))
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@'))

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
