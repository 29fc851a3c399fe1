import type { Actor, Customer, Person, TicketState } from '@guichet/domain'
import { limits } from '@guichet/domain'
import type { CaseRow } from '../read-row.ts'
import type { Repair } from '../repair.ts'
import { shortened } from '../repair.ts'

/**
 * Who wrote what a row says: the ticket's customer, the desk, a third person, who is neither, or a machine. What the last
 * two wrote is an internal note.
 */
export type Writer = 'customer' | 'agent' | 'other' | 'automatic'

/**
 * Returns who wrote what a row says, for its ticket: the customer is that of the ticket, whom a row need not name.
 * Undefined for a row that records no words, and for one by which the desk opens the ticket.
 */
export function writerOf(row: CaseRow, ticket: TicketState): Writer | undefined {
  const { meaning, role, actor } = row
  if (meaning === undefined || !('does' in meaning)) return undefined
  if (meaning.does === 'markSpam' || meaning.does === 'confirm') return undefined
  if (role === 'automatic') return 'automatic'
  const customer = customerOf(row, ticket)
  const isKnown = actor.kind !== 'system'
  if (meaning.does === 'open' && ticket.status === 'absent' && role === 'agent') return undefined
  if (role !== undefined) {
    if (isKnown ? isSame(actorOf(row), customer) : role === 'customer') return 'customer'
    return role === 'agent' ? 'agent' : 'other'
  }
  switch (meaning.does) {
    case 'agentReply':
      return 'agent'
    case 'addNote':
      if (row.isAgent || !isKnown) return 'agent'
      return isSame(actorOf(row), customer) ? 'customer' : isSame(actorOf(row), row.customer) ? 'other' : 'agent'
    case 'reply':
      if (row.isAgent) return 'agent'
      if (isSame(actorOf(row), customer)) return 'customer'
      return isSame(actorOf(row), row.customer) ? 'other' : 'agent'
    case 'open':
    case 'customerReply':
      return isUnknown(row, row.customer) || isSame(row.customer, customer) ? 'customer' : 'other'
  }
}

/** Returns the customer of a row's ticket. */
export function customerOf(row: CaseRow, ticket: TicketState): Customer {
  return ticket.status === 'absent' || isUnknown(row, ticket.customer) ? row.customer : ticket.customer
}

const isUnknown = ({ unknownCustomer }: CaseRow, { id }: Person): boolean => id === unknownCustomer

type AddressedPerson = { readonly id: string; readonly email?: string | undefined }

const actorOf = ({ actor, address }: CaseRow): AddressedPerson => ({ id: actor.id, email: address })

/** Compares two people by id and address. */
function isSame(one: AddressedPerson, other: AddressedPerson): boolean {
  const names = new Set(namesOf(other))
  return namesOf(one).some((name) => names.has(name))
}

const namesOf = ({ id, email }: AddressedPerson): readonly string[] =>
  [id, ...(email === undefined ? [] : [email])].map((name) => (isKey(name) ? name : spelling(name)))

/** Returns whether an id is generated, so that capitals distinguish it: a long one with digits and letters of both cases. */
const isKey = (id: string): boolean => /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w-]{12,}$/.test(id)

/** Returns what is the same in all spellings of a name or number: capitals, blanks and decimals that are nought make no difference. */
const spelling = (name: string): string =>
  name
    .normalize('NFKC')
    .trim()
    .replaceAll(/\s+/g, ' ')
    .toLowerCase()
    .replace(/^(\d+)\.0+$/, '$1')

/** An internal note of what somebody who is not of the desk wrote: it names them, and so does its event. */
export function noteBy(row: CaseRow, writer: Exclude<Writer, 'agent'>): { readonly by: Actor; readonly body: string } {
  const author = authorOf(row)
  const name = author === undefined ? 'somebody unknown' : fullName(author)
  const heading = headings[writer](name)
  return {
    by: author ? { kind: 'system', id: author.id, ...(author.name !== undefined && { name: author.name }) } : row.actor,
    body: row.text === undefined ? heading : shortened(`${heading}\n\n${row.text}`, limits.body),
  }
}

const headings = {
  other: (name: string) => `Written by ${name}, who is neither the customer nor of the desk:`,
  automatic: (name: string) => `Sent automatically by ${name}:`,
  customer: (name: string) => `Noted by ${name}, the customer:`,
} as const

/** The words of a row without a role are those of its customer where it says so, whoever recorded them. */
function authorOf(row: CaseRow): Person | undefined {
  const { meaning, role, actor, address, customer } = row
  const isKnown = actor.kind !== 'system'
  const isCustomers = meaning !== undefined && 'does' in meaning && meaning.does === 'customerReply'
  if (isCustomers && (role === undefined || !isKnown)) return customer
  return isKnown
    ? { id: actor.id, ...(actor.name && { name: actor.name }), ...(address && { email: address }) }
    : undefined
}

function fullName({ id, name, email = id }: Person): string {
  return name === undefined || name === email ? email : `${name} (${email})`
}

/**
 * Returns what is to be recorded of a row by a third person or a machine. Where the ticket is not known, the customer is
 * that of the row.
 */
export function writerRepair(row: CaseRow, ticket: TicketState | undefined): readonly Repair[] {
  const isCertain = ticket !== undefined || row.role !== 'customer' || !isUnknown(row, row.customer)
  const writer = isCertain ? writerOf(row, ticket ?? { status: 'absent' }) : undefined
  if (writer === 'other') return [repair('third_person', 'is neither the customer nor of the desk')]
  const isNote = writer === 'automatic' && ticket?.status !== 'absent'
  return isNote ? [repair('automatic_message', 'is an automatic message')] : []
}

const repair = (code: Repair['code'], what: string): Repair => ({
  code,
  field: 'actor',
  reason: `actor: ${what}; the words are an internal note`,
  matters: 'always',
})
