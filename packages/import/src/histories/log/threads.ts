/** A person as a mail names them: the address in lower case. */
export type MailPerson = { readonly address: string; readonly name: string | undefined }

/** A conversation. */
export type Thread = {
  readonly id: string
  readonly customer: MailPerson
  /** The addresses from which the customer writes. */
  readonly addresses: ReadonlySet<string>
  /** The addresses at which the customer is answered. */
  readonly answered: ReadonlySet<string>
  /** The id of the first message, and whether that answers a message that is in no mailbox. */
  readonly first: string
  readonly answersUnknown: boolean
}

/**
 * Who wrote a message: the customer, an agent to the customer, an agent to others (`internal`), a third person (`other`) or
 * a program that answers by itself (`automatic`).
 */
export type MailSender = 'customer' | 'agent' | 'internal' | 'other' | 'automatic'

/** The conversations of mailboxes; `Mail` is a message as the parser returns it. */
export type Threads<Mail = never> = {
  /** Adds a message by its headers. All messages must be added before the first call of `of`. */
  add(mail: Mail): void
  /** Returns the thread of a message, and who wrote it; undefined if it was not added. */
  of(mail: Mail): (Thread & { readonly sender: MailSender; readonly author: MailPerson }) | undefined
}
