import type { ChatEvent, DraftEvent, EventCatalogue, FileEvent, IncidentEvent, TicketEvent } from '@guichet/domain'
import { sampleData } from '@guichet/domain/testing'
import { isCustomer } from '../../packages/api/src/auth/principal.ts'
import type { Bearer } from '../../packages/api/src/server/testing/api-under-test.ts'

/** A text that occurs only once, and who may see it. */
type Canary = {
  /** Where it occurs, such as `AgentReplied.body of zoe`. */
  readonly name: string
  /** The customer or visitor who may see it; undefined if none may. */
  readonly customer?: string | undefined
  /** Whether everybody may see it who is somebody. */
  readonly isForEverybody?: boolean
  /** Whether only supervisors, admins and auditors may see it. */
  readonly audited?: boolean
  /** Whether services may not see it. */
  readonly withoutServices?: boolean
}

const oversight: readonly string[] = ['supervisor', 'admin', 'auditor']
const pattern = /kq\d{5}z/g

/** The canaries of a desk. */
export type Canaries = {
  plant(canary: Canary): string
  /** Returns the data of an event in which each text is a canary, except those given by path, such as `customer.id`. */
  fill(catalogue: EventCatalogue, type: string, owner: string, given?: Readonly<Record<string, unknown>>): object
  /** Returns a canary for the name of the sender of an event. */
  nameOfSender(type: string, owner: string, given?: Readonly<Record<string, unknown>>): string
  /** Returns the names of the canaries in a text that a viewer must not see, and records the others as seen. */
  forbidden(text: string, viewer: Bearer | undefined): readonly string[]
  /** Returns the canaries that nobody has seen, and those that their customer has not. */
  unseen(): readonly string[]
  all(): readonly (Canary & { readonly text: string })[]
}

/** Creates an empty set of canaries. Each planted canary has a different text. */
export function createCanaries(): Canaries {
  const planted = new Map<string, Canary>()
  const seen = new Set<string>()

  const plant = (canary: Canary): string => {
    const text = `kq${String(planted.size).padStart(5, '0')}z`
    planted.set(text, canary)
    return text
  }
  const ofEvent = (type: string, path: string, owner: string, internal = false): string => {
    const name = `${type}.${path} of ${owner}${internal ? ', internal' : ''}`
    const isForEverybody = forEverybody[type] === path
    return plant({ name, isForEverybody, customer: isForCustomers(type, path) && !internal ? owner : undefined })
  }
  const mayBeShown = (
    { customer, isForEverybody, audited, withoutServices }: Canary,
    viewer: Bearer | undefined,
  ): boolean => {
    if (!viewer) return false
    if (isForEverybody === true) return true
    if (isCustomer(viewer)) return customer === viewer.id
    if (withoutServices === true && viewer.role === 'service') return false
    return audited !== true || oversight.includes(viewer.role)
  }

  return {
    plant,
    nameOfSender: (type, owner, given = {}) => ofEvent(type, 'by', owner, isInternal(given)),
    fill: (catalogue, type, owner, given = {}) =>
      sampleData(catalogue, type, { given, textAt: (path) => ofEvent(type, path, owner, isInternal(given)) }),
    forbidden: (text, viewer) => {
      const found = new Set(text.match(pattern))
      return [...found].flatMap((each) => {
        const canary = planted.get(each)
        if (!canary) return [`an unknown canary ${each}`]
        if (!mayBeShown(canary, viewer)) return [canary.name]
        seen.add(each)
        if (isCustomer(viewer)) seen.add(`${each} by its customer`)
        return []
      })
    },
    unseen: () =>
      [...planted].flatMap(([text, { name, customer }]) => {
        if (!seen.has(text)) return [`${name}: by nobody`]
        return customer !== undefined && !seen.has(`${text} by its customer`) ? [`${name}: not by its customer`] : []
      }),
    all: () => [...planted].map(([text, canary]) => ({ text, ...canary })),
  }
}

/** Whether an event is marked as internal, is a note, or is about an observer. */
const isInternal = ({ visibility, internal, kind, role }: Readonly<Record<string, unknown>>): boolean =>
  visibility === 'internal' || internal === true || kind === 'note' || role === 'observer'

/**
 * The paths of texts in events of a ticket that its customer may see; `by` is the name of the sender. Everything else is internal: no
 * customer may see the texts of a new type of event until it has a row here.
 */
const ofTickets: Readonly<Partial<Record<TicketEvent['type'], string>>> = {
  TicketOpened: 'by subject messageId body customer.name customer.firstName customer.email category',
  TicketStarted: 'by',
  AgentReplied: 'by messageId body original.body original.language',
  CustomerReplied: 'by messageId body',
  CustomerWaitStarted: 'by',
  CustomerWaitEnded: 'by',
  ChaseSent: 'by messageId body',
  CustomerChased: 'by messageId body',
  TicketResolved: 'by',
  TicketReopened: 'by',
  TicketClosed: 'by message.messageId message.body',
  PriorityChanged: 'by',
  TicketAssigned: 'by assignee.name',
  TicketUnassigned: 'by from.id from.name',
  TicketRenamed: 'by from to',
  TicketCategorized: 'by from to',
  TicketClassified: 'by category',
  AttachmentAdded: 'by attachmentId messageId name mediaType',
  TicketMessageRedacted: 'by messageId body subject',
  TicketMerged: 'by',
  AbsorptionCompleted: 'by',
}

/** The texts of a file of a message that its customer may see. */
const ofFiles: Readonly<Partial<Record<FileEvent['type'], string>>> = {
  FileStored: 'by name sha256 mediaType',
}

/** The texts of incidents that affected customers see in their inbox. */
const ofIncidents: Readonly<Partial<Record<IncidentEvent['type'], string>>> = {
  IncidentDeclared: 'title',
  IncidentUpdatePosted: 'message',
}

/** The texts of chats that their customer may see. */
const ofChats: Readonly<Partial<Record<ChatEvent['type'], string>>> = {
  ChatStarted: 'by customer.name customer.firstName customer.email language category',
  ChatAccepted: 'by agent.id agent.name',
  ChatRequeued: 'by',
  ChatCategorized: 'to',
  ChatMessageSent: `by body original.body original.language attachments.fileId attachments.name attachments.mediaType actions.actionId actions.label
    card.source card.title card.fields.label card.fields.value inReplyTo`,
  ChatMessageEdited: 'by body',
  ChatMessageRedacted: 'by',
  ChatActionChosen: 'by actionId label',
  ChatMessagesDelivered: 'by',
  ChatMessagesRead: 'by',
  ChatTransferred: 'by from.name to.id to.name',
  ChatTransferEnded: 'by agent.id agent.name',
  ChatParticipantJoined: 'by agent.id agent.name',
  ChatParticipantLeft: 'by agent.id agent.name',
  ChatInactivityWarned: 'by',
  ChatCallRequested: 'by callId agent.id agent.name',
  ChatCallAccepted: 'by callId agent.id agent.name',
  ChatCallStarted: 'by callId',
  ChatCallRecordingWithdrawn: 'by callId',
  ChatCallEnded: 'by callId',
  ChatClosed: 'by',
  ChatReopened: 'by',
  ChatRated: 'by comment',
  ChatTranscriptRequested: 'by',
  ChatConverted: 'by',
}

/** The texts of drafts that their customer may see; those of a suspicion are planted by what becomes of its draft. */
const ofDrafts: Readonly<Partial<Record<DraftEvent['type'], string>>> = {
  DraftOpened: 'subject body',
  DraftRedacted: 'subject body',
}

/** What everybody is shown of agents: the languages that are spoken at the desk, not who speaks them. */
const forEverybody: Readonly<Record<string, string>> = { AgentProfileChanged: 'languages' }

const visible: Readonly<Record<string, string>> = {
  ...ofTickets,
  ...ofIncidents,
  ...ofFiles,
  ...ofChats,
  ...ofDrafts,
}

/** Whether a customer may see a text of an event of their ticket. An event without a row, such as that of an agent, is internal. */
const isForCustomers = (type: string, path: string): boolean => (visible[type] ?? '').split(/\s+/).includes(path)
