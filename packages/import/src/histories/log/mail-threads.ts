import { createHash } from 'node:crypto'
import type { Email } from 'postal-mime'
import { isAutomatic } from './automatic-mail.ts'
import { inferDesk } from './mail-desk.ts'
import type { IsDesk, Parties } from './mail-person.ts'
import { authorOf, domainOf, isSamePerson, partiesOf, senderOf } from './mail-person.ts'
import { isAnswer, subjectOf } from './mail-subject.ts'
import type { MailPerson, MailSender, Thread, Threads } from './threads.ts'

/** The data of a message in memory, some hundreds of bytes. */
type MailNote = {
  readonly id: string
  readonly at: number
  readonly parties: Parties
  /** The address into whose mailbox it was delivered. */
  readonly owner: string | undefined
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
 * @param desk addresses and domains (`@example.org`) of the desk; without any, they are inferred from all messages.
 */
export function createThreads(desk: readonly string[]): Threads<Email> {
  const mails = new Map<string, MailNote>()
  const joined = createJoined()
  let grouping: { readonly threads: ReadonlyMap<string, Thread>; readonly isDesk: IsDesk } | undefined

  return {
    add: (mail) => {
      const noted = notedOf(mail)
      for (const id of noted.references) joined.join(noted.id, id)
      if (!mails.has(noted.id)) mails.set(noted.id, noted)
    },
    of: (mail) => {
      grouping ??= threadsOf([...mails.values()], joined, desk)
      const noted = notedOf(mail)
      const thread = grouping.threads.get(joined.find(noted.id))
      const author = authorOf(noted.parties, grouping.isDesk)
      return thread && { ...thread, author, sender: senderIn(thread, noted, { author, isDesk: grouping.isDesk }) }
    },
  }
}

function notedOf(mail: Email): MailNote {
  const subject = subjectOf(mail.subject ?? '')
  const at = Date.parse(mail.date ?? '')
  const id = messageIdOf(mail)
  return {
    id,
    at: Number.isNaN(at) ? Number.MAX_SAFE_INTEGER : at,
    parties: partiesOf(mail, hash(id).slice(0, 12)),
    owner: mail.deliveredTo?.toLowerCase(),
    references: [...idsIn(mail.references), ...idsIn(mail.inReplyTo)],
    subject: subject.key,
    isReply: subject.isReply,
    isAnswer: isAnswer(mail.subject ?? ''),
    isAutomatic: isAutomatic(mail),
  }
}

function senderIn(
  { addresses, answered }: Thread,
  { parties: { to, cc }, isAutomatic }: MailNote,
  { author, isDesk }: { readonly author: MailPerson; readonly isDesk: IsDesk },
): MailSender {
  if (isAutomatic) return 'automatic'
  if (addresses.has(author.address)) return 'customer'
  if (!isDesk(author.address)) return 'other'
  const recipients = [...to, ...cc]
  return recipients.length === 0 || recipients.some(({ address }) => answered.has(address)) ? 'agent' : 'internal'
}

/** Returns the threads, by the representative id of each. */
function threadsOf(
  mails: readonly MailNote[],
  joined: DisjointSets,
  desk: readonly string[],
): { readonly threads: ReadonlyMap<string, Thread>; readonly isDesk: IsDesk } {
  const inTime = mails.toSorted((a, b) => a.at - b.at)
  const present = new Set(mails.map(({ id }) => id))
  const answersNothing = ({ references }: MailNote): boolean => !references.some((id) => present.has(id))
  const isDesk = desk.length > 0 ? isNamedIn(desk) : inferredFrom(inTime, joined)

  const customers = new Map<string, Customer>()
  const bySubject = new Map<string, Map<string, { readonly id: string; readonly index: number }>>()
  for (const [index, mail] of inTime.entries()) {
    const { id, subject, isReply, parties } = mail
    const byAddress = bySubject.get(subject) ?? new Map<string, { readonly id: string; readonly index: number }>()
    const ownCustomer = customerOf(parties, isDesk)
    const author = authorOf(parties, isDesk)
    const writers =
      ownCustomer.addresses.has(author.address) && !ownCustomer.isAnsweredByOthers ? [...ownCustomer.addresses] : []
    const recipients = [...parties.to, ...parties.cc].map(({ address }) => address)
    const latest = [...writers.map(written), ...recipients.map(received)]
      .flatMap((address) => byAddress.get(address) ?? [])
      .reduce<{ id: string; index: number } | undefined>(
        (one, other) => (one && one.index > other.index ? one : other),
        undefined,
      )
    const joins = latest !== undefined && isReply && answersNothing(mail)
    const customer = customers.get(joined.find(joins ? latest.id : id)) ?? ownCustomer
    if (joins) joined.join(id, latest.id)
    if (mail.isAutomatic) continue
    customers.set(joined.find(id), customer)
    if (subject === '') continue
    for (const address of customer.addresses) byAddress.set(written(address), { id, index })
    for (const address of customer.answered) byAddress.set(received(address), { id, index })
    bySubject.set(subject, byAddress)
  }

  const threads = new Map<string, Thread>()
  for (const mail of [...inTime.filter((each) => !each.isAutomatic), ...inTime.filter((each) => each.isAutomatic)]) {
    const key = joined.find(mail.id)
    if (threads.has(key)) continue
    const { customer, addresses, answered } = customerOf(mail.parties, isDesk)
    threads.set(key, {
      customer,
      addresses,
      answered,
      id: hash(mail.references[0] ?? mail.id).slice(0, 20),
      first: mail.id,
      answersUnknown: !mail.isAutomatic && answersNothing(mail) && (mail.references.length > 0 || mail.isAnswer),
    })
  }
  return { threads, isDesk }
}

const written = (address: string): string => `by ${address}`
const received = (address: string): string => `to ${address}`

type Customer = Pick<Thread, 'customer' | 'addresses' | 'answered'> & {
  /** Whether only somebody else is to be answered. */
  readonly isAnsweredByOthers: boolean
}

/**
 * Returns the customer of a thread by its first mail: its author or, if that is the desk, its first recipient. They are answered
 * where they ask to be, too; that is an address from which they write only if it seems to be their own.
 */
function customerOf(parties: Parties, isDesk: IsDesk): Customer {
  const author = authorOf(parties, isDesk)
  const recipient = isDesk(author.address) ? parties.to.find(({ address }) => !isDesk(address)) : undefined
  const customer = recipient ?? author
  const replyTo = recipient ? [] : parties.replyTo.filter(({ address }) => !isDesk(address))
  const ownReplyTo = replyTo.filter((other) => isSamePerson(customer, other))
  const addressesOf = (people: readonly MailPerson[]) => new Set(people.map(({ address }) => address))
  return {
    customer,
    addresses: addressesOf([customer, ...ownReplyTo]),
    answered: addressesOf([customer, ...replyTo]),
    isAnsweredByOthers: replyTo.length > 0 && ownReplyTo.length === 0,
  }
}

function isNamedIn(desk: readonly string[]): IsDesk {
  const entries = new Set(desk.map((entry) => entry.toLowerCase()))
  return (address) => entries.has(address) || entries.has(domainOf(address))
}

/** Infers the desk from the first mails of threads that references join. */
function inferredFrom(inTime: readonly MailNote[], joined: DisjointSets): IsDesk {
  const seenThreads = new Set<string>()
  const firsts = inTime.flatMap(({ id, parties, isReply, isAutomatic }) => {
    const key = joined.find(id)
    if (isAutomatic || seenThreads.has(key)) return []
    seenThreads.add(key)
    return [{ from: authorOf(parties).address, to: parties.to.map(({ address }) => address), isReply }]
  })
  return inferDesk(firsts, new Set(inTime.flatMap(({ owner }) => owner ?? [])))
}

/** Disjoint sets of ids; one id represents each set. */
type DisjointSets = { join(one: string, other: string): void; find(id: string): string }

function createJoined(): DisjointSets {
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
  idsIn(mail.messageId)[0] ?? hash(`${mail.date} ${senderOf(mail)?.address ?? 'unknown'} ${mail.subject}`)

/** Returns the ids in angle brackets. */
const idsIn = (text: string | undefined): readonly string[] =>
  [...(text ?? '').matchAll(/<([^<>\s]+)>/g)].map(([, id = '']) => id)

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
