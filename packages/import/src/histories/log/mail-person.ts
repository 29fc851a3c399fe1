import type { Address, Email } from 'postal-mime'
import { addressParser } from 'postal-mime'
import type { MailPerson } from './threads.ts'

/** Returns whether an address is one of the desk. */
export type IsDesk = (address: string) => boolean

/** The people of a mail. */
export type Parties = {
  readonly from: MailPerson
  readonly to: readonly MailPerson[]
  readonly cc: readonly MailPerson[]
  readonly replyTo: readonly MailPerson[]
  /** The author whom a mailing list names beside the address of its own. */
  readonly original: MailPerson | undefined
  /** Whether a mailing list passed it on under its own address. */
  readonly isPassedOn: boolean
}

/** Returns the people of a mail. A sender without an address is nobody else: they are called by the id of the mail. */
export function partiesOf(mail: Email, messageId: string): Parties {
  const header = (key: string): string | undefined => mail.headers.find((each) => each.key === key)?.value
  const from = senderOf(mail) ?? { address: `unknown-${messageId}`.slice(0, 100), name: mail.from?.name || undefined }
  const to = people(mail.to)
  return {
    from,
    to,
    cc: [...people(mail.cc), ...people(mail.bcc)],
    replyTo: people(mail.replyTo),
    original: people(addressParser(header('x-original-from') ?? header('x-original-sender') ?? ''))[0],
    isPassedOn:
      / via /i.test(from.name ?? '') &&
      (header('list-id') !== undefined || to.some(({ address }) => address === from.address)),
  }
}

/** Returns whoever a mail is from; undefined if it names no address. */
export const senderOf = (mail: Email): MailPerson | undefined => people(mail.from && [mail.from])[0]

/** Returns the people of addresses, including those in groups. */
export function people(addresses: readonly Address[] | undefined): readonly MailPerson[] {
  return (addresses ?? []).flatMap((entry) =>
    entry.address ? [{ address: entry.address.toLowerCase(), name: entry.name || undefined }] : people(entry.group),
  )
}

/**
 * Returns who wrote the words of a mail: whoever it is from. What comes from an address at which nobody writes, such as that
 * of a form of the desk, of a group or of `no-reply`, was written by the person who is to be answered.
 * @param isDesk undefined if it is not known yet: then an address is the desk's that writes to its own domain.
 */
export function authorOf(parties: Parties, isDesk?: IsDesk): MailPerson {
  const { from, to, cc, replyTo, original, isPassedOn } = parties
  const isOutside = ({ address }: MailPerson): boolean =>
    address !== from.address && !(isDesk ? isDesk(address) : isRelated(address, from.address))
  const writer = replyTo.find(isOutside) ?? (original && isOutside(original) ? original : undefined)
  if (writer === undefined || isSamePerson(from, writer)) return from
  if (isPassedOn || isUnread(from)) return writer
  const isOfDesk = isDesk ? isDesk(from.address) : to.length > 0
  const isToDesk = isDesk
    ? to.length + cc.length === 0 || to.some(({ address }) => isDesk(address))
    : to.every(({ address }) => isRelated(address, from.address))
  return isOfDesk && isToDesk ? writer : from
}

/** Returns whether two addresses seem to be one person’s: they have the same name, or the same part before the `@`. */
export const isSamePerson = (one: MailPerson, other: MailPerson): boolean =>
  one.address === other.address ||
  localPart(one.address) === localPart(other.address) ||
  (one.name !== undefined && one.name.toLowerCase() === other.name?.toLowerCase())

/** Returns the domain of an address, with the `@`. */
export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@'))

const localPart = (address: string): string => address.slice(0, address.lastIndexOf('@')).replace(/\+.*/, '')

/** Returns whether nobody reads what is sent to an address. */
const isUnread = ({ address }: MailPerson): boolean => /^(no|do-?not|ne-?pas)[-_.]?(reply|repondre)\b/.test(address)

/** Returns whether the domains of two addresses are the same, or one is within the other. */
function isRelated(one: string, other: string): boolean {
  const [a, b] = [domainOf(one).slice(1), domainOf(other).slice(1)]
  return a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`)
}
