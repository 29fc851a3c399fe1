import type { TicketEvent } from '@guichet/domain'
import { isShownToCustomers } from '@guichet/domain'
import { partKey } from '../streams/part-key.ts'
import type { OfTicket } from '../streams/stream-folding.ts'
import { configurationFor, indexed, isLearned, isPair, searchable } from './words.ts'

/** Words as they are indexed: `words` in all their forms, `exact` (names and addresses) unchanged. Each occurs once. */
export type SearchTerms = { readonly words: readonly string[]; readonly exact: readonly string[] }

/** The current subject of a ticket. */
export type Subject = SearchTerms & { readonly ticket_id: string }

/** The heading of a new ticket: its subject, and what never changes, its language and its customer. */
export type Heading = Subject & { readonly configuration: string; readonly customer: readonly string[] }

/** The text that an event added to a ticket; `version` is the event's. */
export type AddedText = SearchTerms & {
  readonly ticket_id: string
  readonly version: number
  /** The id of the message; null for a subject. */
  readonly message_id: string | null
  readonly public: boolean
  /** The words, as written, that the customer's own searches may match: those of subject and customer, then others. */
  readonly heading: string
  readonly body: string
  /** The ticket's language, if it is opened in the same batch. */
  readonly configuration: string | undefined
}

/** What is left of a message whose content was removed. */
export type RedactedText = SearchTerms & {
  readonly ticket_id: string
  readonly message_id: string
  readonly body: string
}

/** The words that a misspelling or a part of a word may match, and whether a subject or a customer contains them. */
export type Vocabulary = ReadonlyMap<string, boolean>

/** What is left of the subjects of a ticket until a version; `heading` has its words as written. */
export type RedactedSubject = Subject & { readonly version: number; readonly heading: string }

/** What a batch changes in the texts of tickets that the search finds them by. */
export type SearchTexts = {
  /** The headings of the tickets that the batch opens. */
  readonly opened: readonly Heading[]
  /** The new subjects of tickets that were opened earlier. */
  readonly renamed: readonly Subject[]
  readonly added: readonly AddedText[]
  /** What is left of the messages that were redacted; the last redaction of each. */
  readonly redacted: readonly RedactedText[]
  /** What is left of subjects that were redacted; the last redaction of each ticket's. */
  readonly redactedSubjects: readonly RedactedSubject[]
  /** The merges that the batch completes, in order. */
  readonly merges: readonly TicketMerge[]
  /** The words of all texts, including former headings. */
  readonly vocabulary: Vocabulary
}

/** A ticket, and the one that it was merged into. */
export type TicketMerge = { readonly source: string; readonly target: string }

/** How many words of one text are stored. */
const mostLearned = 500

/**
 * Adds the words of a text to a vocabulary. @returns those of them that are stored; of a heading, which is searched by
 * what is stored once its message is redacted, also the pairs of characters.
 */
export function learn(vocabulary: Map<string, boolean>, words: readonly string[], heading: boolean): readonly string[] {
  const learned = words.filter((word) => isLearned(word) || (heading && isPair(word))).slice(0, mostLearned)
  for (const word of learned) if (isLearned(word) && !vocabulary.get(word)) vocabulary.set(word, heading)
  return learned
}

/**
 * The texts of a batch: what people wrote, and subjects with their customers. A ticket can also be found by its former
 * subjects. Texts that the desk sends automatically are left out, since they are the same on every ticket. The words of
 * an event depend on that event alone.
 */
export function searchTexts(events: readonly OfTicket[]): SearchTexts {
  const opened = new Map<string, Heading>()
  const renamed = new Map<string, Subject>()
  const added: AddedText[] = []
  const redacted = new Map<string, RedactedText>()
  const redactedSubjects = new Map<string, RedactedSubject>()
  const merges: TicketMerge[] = []
  const vocabulary = new Map<string, boolean>()
  for (const { id, envelope } of events) {
    const { event, version } = envelope
    if (event.type === 'AbsorptionCompleted') merges.push({ source: event.source, target: id })
    if (event.type === 'TicketMessageRedacted') {
      const { messageId: message_id } = event
      const { words, exact } = textTerms(event.body)
      const body = learn(vocabulary, words, false).join(' ')
      redacted.set(partKey(id, message_id), { ticket_id: id, message_id, words: indexed(words), exact, body })
      if (event.subject !== undefined) {
        const subject = { ticket_id: id, ...textTerms(event.subject) }
        const heading = opened.get(id)
        if (heading) opened.set(id, { ...heading, ...subject })
        else renamed.set(id, subject)
        const written = learn(vocabulary, subject.words, true).join(' ')
        redactedSubjects.set(id, { ...subject, words: indexed(subject.words), version, heading: written })
      }
    }
    const brought = broughtBy(id, event)
    if (!brought) continue
    const { subject = nothing, customer = [], named = customer, body = nothing } = brought
    if (event.type === 'TicketOpened') {
      opened.set(id, { ticket_id: id, ...subject, configuration: configurationFor(event.language), customer })
    }
    const heading = opened.get(id)
    if (event.type === 'TicketRenamed') {
      if (heading) opened.set(id, { ...heading, ...subject })
      else renamed.set(id, { ticket_id: id, ...subject })
    }
    const learned = {
      heading: learn(vocabulary, [...subject.words, ...named], true),
      body: learn(vocabulary, body.words, false),
    }
    const isShown = isShownToCustomers(envelope)
    added.push({
      ticket_id: id,
      version,
      message_id: 'messageId' in event ? (event.messageId ?? null) : null,
      public: isShown,
      heading: isShown ? learned.heading.join(' ') : '',
      body: isShown ? learned.body.join(' ') : '',
      configuration: heading?.configuration,
      words: indexed([...subject.words, ...body.words]),
      exact: [...new Set([...subject.exact, ...customer, ...body.exact])],
    })
  }
  return {
    opened: [...opened.values()],
    renamed: [...renamed.values()],
    added,
    redacted: [...redacted.values()],
    redactedSubjects: [...redactedSubjects.values()],
    merges,
    vocabulary,
  }
}

/** The searchable text of an event. */
type Brought = {
  readonly subject?: SearchTerms
  readonly customer?: readonly string[]
  /** The customer's words except those of random ids, which nobody knows in part. */
  readonly named?: readonly string[]
  readonly body?: SearchTerms
}

const nothing: SearchTerms = { words: [], exact: [] }

function broughtBy(id: string, event: TicketEvent): Brought | undefined {
  switch (event.type) {
    case 'TicketOpened':
      return { subject: textTerms(event.subject), ...customerWords(id, event.customer), body: textTerms(event.body) }
    case 'TicketRenamed':
      return { subject: textTerms(event.to) }
    case 'AgentReplied':
    case 'CustomerReplied':
    case 'InternalNoteAdded':
      return { body: textTerms(event.body) }
    default:
      return undefined
  }
}

/** The words of a text. */
export function textTerms(text: string): SearchTerms {
  const { words, addresses } = searchable(text)
  return { words, exact: addresses }
}

/** The words of the id of a ticket or chat and of its customer, none of which has other forms. */
export function customerWords(id: string, customer: Customer): Pick<Brought, 'customer' | 'named'> {
  const texts = [id, customer.name ?? customer.id, customer.firstName, customer.email]
  const named = texts.filter((each) => each === undefined || !uuid.test(each))
  const words = exactWords(texts)
  return { customer: words, named: named.length === texts.length ? words : exactWords(named) }
}

function exactWords(texts: readonly (string | undefined)[]): readonly string[] {
  const { words, addresses } = searchable(texts.join(' '))
  return [...new Set([...addresses, ...words])]
}

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

type Customer = Extract<TicketEvent, { readonly type: 'TicketOpened' }>['customer']
