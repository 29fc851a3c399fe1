import type { Actor, CallKind, DomainEvent, EventCatalogue, Instant, Position } from '@guichet/domain'
import {
  articleEvents,
  articleTreeAggregate,
  agentEvents,
  aggregates,
  candidateTable,
  cannedReplyEvents,
  chatEvents,
  configurationSchema,
  customerEvents,
  draftEvents,
  macroEvents,
  fileEvents,
  incidentEvents,
  instant,
  later,
  organisationEvents,
  parseStream,
  shiftEvents,
  ticketEvents,
  troubleIncidentId,
} from '@guichet/domain'
import { followTheSun, sampleData, supportCalendars } from '@guichet/domain/testing'
import type { ApiUnderTest, Bearer } from '../../packages/api/src/server/testing/api-under-test.ts'
import { ada, ana, gateway, ines, max, mutate, sam, zoe } from '../../packages/api/src/server/testing/api-under-test.ts'
import type { Canaries } from './canaries.ts'
import { createCanaries } from './canaries.ts'
import { firstDay } from './seeded-activities.ts'
import { articleEventsOf, seededArticles, seedReadership } from './seeded-articles.ts'
import { draftEventsOf, draftNumbers, sharedTrouble } from './seeded-drafts.ts'

/** A ticket of a customer that is resolved. */
const solvedOf = (customer: string): string => `solved-of-${customer}`

/** An anonymous visitor, who has chats and drafts, and no ticket. */
const vera: Bearer = { role: 'visitor', id: 'visitor-00000000-0000-4000-8000-0000000000aa' }

/**
 * All callers: two customers and a visitor who may not see each other's tickets and chats, every other role, and an
 * unauthenticated caller.
 */
export const askers: readonly (Bearer | undefined)[] = [zoe, max, vera, ana, sam, ada, ines, gateway, undefined]

/**
 * The belongings of one customer: a ticket with every type of event, a ticket merged into it, an incident, files, chats
 * and drafts.
 */
export type Belongings = {
  /** Whose they are. */
  readonly customer: string
  readonly ticket: string
  readonly merged: string
  readonly incident: string
  readonly file: string
  /** A file of an internal note. */
  readonly hiddenFile: string
  /** A chat that an agent has, with most types of events. */
  readonly chat: string
  readonly endedChat: string
  readonly queuedChat: string
  /** The ids of drafts: those that the customer sees, and those that nobody but the desk does. */
  readonly drafts: readonly string[]
}

/** A desk in which each text occurs only once. */
export type SeededDesk = {
  readonly canaries: Canaries
  readonly of: Readonly<Record<string, Belongings>>
  readonly agent: string
  /** A position before all events of the tickets. */
  readonly beginning: Position
  /** The streams that events have been appended to. */
  readonly streams: ReadonlySet<string>
}

/** The id of the streams that belong to the desk as a whole. */
export const ofTheDesk = 'of-the-desk'

/** Categories without such a stream: the matrix appends no events to them, or only those of a command. */
const unfilledCategories: readonly string[] = ['administration', 'configuration', 'import', 'recipient']

const hour = 3_600_000

/** Appends every type of event to a desk: tickets and incidents of two customers, agents and shifts. */
export async function seedDesk(api: ApiUnderTest): Promise<SeededDesk> {
  const canaries = createCanaries()
  const of: Readonly<Record<string, Belongings>> = {
    [zoe.id]: belongingsOf(zoe.id),
    [max.id]: belongingsOf(max.id),
    [vera.id]: belongingsOf('vera', vera.id),
  }
  let at: Instant = instant(new Date(Date.now() - 5 * hour))
  let last: Position | undefined
  const streams = new Set(['configuration-desk'])

  const append = async (stream: string, owner: string, events: readonly DomainEvent[]): Promise<Position> => {
    const id = (name: string): string => canaries.plant({ name: `the ${name} of ${owner} on ${stream}`, audited: true })
    const outcome = await api.store.append({
      stream,
      expectedVersion: 'any',
      commandId: id('command'),
      correlationId: id('correlation'),
      causationId: id('causation'),
      events,
    })
    if (outcome.kind !== 'appended') throw new Error(`${stream}: ${outcome.kind}`)
    last = outcome.position
    streams.add(stream)
    return outcome.position
  }
  const event = (catalogue: EventCatalogue, type: string, owner: string, given?: Arguments): DomainEvent => {
    at = later(at, 1_000)
    const by: Actor = { ...senderOf(type, owner), name: canaries.nameOfSender(type, owner, given) }
    return { ...canaries.fill(catalogue, type, owner, given), type, at, by }
  }

  /** Declares an incident that affects both customers: they are notified of its title. */
  const declareSharedTrouble = async (): Promise<void> => {
    const given = { customers: [{ id: zoe.id }, { id: max.id }], ticket: { ticketId: 'of-nobody' } }
    const data = sampleData(incidentEvents, 'IncidentDeclared', { given, textAt: () => 'a declared incident' })
    const id = troubleIncidentId({ fingerprint: sharedTrouble, firstDay })
    await append(`incident-${id}`, 'the desk', [
      { ...data, type: 'IncidentDeclared', at, by: { kind: 'agent', id: 'ana' } },
    ])
  }

  await configure(api, canaries)
  const beginning = await append('agent-ana', 'ana', [event(agentEvents, 'AgentRegistered', 'ana')])
  for (const type of Object.keys(agentEvents).filter((each) => !/Registered|Retired/.test(each))) {
    await append('agent-ana', 'ana', [event(agentEvents, type, 'ana')])
  }
  for (const type of ['AgentRegistered', 'AgentRetired']) {
    await append('agent-bob', 'bob', [event(agentEvents, type, 'bob')])
  }
  for (const [owner, other] of [
    [zoe, max],
    [max, zoe],
  ] as const) {
    const mine = of[owner.id] as Belongings
    const theirs = of[other.id] as Belongings
    const given = givenIn(mine, theirs, owner)
    const happens = async (id: string, type: string, more: Arguments = {}): Promise<unknown> =>
      append(`ticket-${id}`, owner.id, [event(ticketEvents, type, owner.id, { ...given[type], ...more })])
    await happens(mine.ticket, 'TicketOpened', { category: undefined, plan: undefined, tags: [] })
    await happens(mine.ticket, takenBack, { importId: 'an-import' })
    for (const type of Object.keys(ticketEvents).filter((each) => ![...endings, takenBack].includes(each))) {
      await happens(
        mine.ticket,
        type,
        type === 'TicketMessageRedacted' ? keepsSubject : type === 'AgentReplied' ? ofArticle : {},
      )
    }
    for (const type of ['TicketAssigned', 'CustomerReplied']) await happens(mine.ticket, type)
    await happens(mine.ticket, 'AttachmentAdded', { visibility: 'internal' })
    const removed = { messageId: 'a-removed-one' }
    await happens(mine.ticket, 'AgentReplied', {
      ...removed,
      article: undefined,
      original: undefined,
      body: canaries.plant({ name: `the removed text of ${owner.id}` }),
    })
    await happens(mine.ticket, 'TicketMessageRedacted', { ...removed, ...keepsSubject })
    for (const [id, visibility] of [
      [mine.file, 'public'],
      [mine.hiddenFile, 'internal'],
    ] as const) {
      await happens(mine.ticket, 'AttachmentAdded', { visibility, attachmentId: id, fileId: id })
      const facts = {
        visibility,
        owner: `ticket-${mine.ticket}`,
        ...(visibility === 'public' && { mediaType: 'image/png' }),
      }
      for (const type of Object.keys(fileEvents).filter(
        (each) => visibility === 'internal' || each !== 'FileDeleted',
      )) {
        await append(`file-${id}`, owner.id, [event(fileEvents, type, owner.id, facts)])
      }
    }
    for (const type of ['TicketOpened', 'TicketResolved']) await happens(mine.merged, type)
    for (const type of endings) await happens(mine.merged, type)
    for (const type of ['TicketOpened', 'TicketResolved']) await happens(solvedOf(owner.id), type)
    const waiting = `waiting-of-${owner.id}`
    await happens(waiting, 'TicketOpened', { subject: 'a subject that is removed' })
    for (const type of ['TicketQueued', 'TicketMessageRedacted']) await happens(waiting, type)
  }
  for (const { id: owner } of [zoe, max]) {
    const mine = of[owner] as Belongings
    const customer = {
      id: owner,
      name: canaries.plant({ name: `the name of ${owner} as an incident has it` }),
      language: 'fr',
    }
    const given: Readonly<Record<string, Arguments>> = {
      IncidentDeclared: { customers: [customer], ticket: { ticketId: mine.ticket } },
      IncidentTicketLinked: { ticketId: mine.ticket },
    }
    for (const type of Object.keys(incidentEvents).filter((each) => each !== 'IncidentTicketRefused')) {
      await append(`incident-${mine.incident}`, owner, [event(incidentEvents, type, owner, given[type])])
    }
    const internal = event(incidentEvents, 'IncidentUpdatePosted', owner, { internal: true })
    await append(`incident-${mine.incident}`, owner, [internal])
  }
  await declareSharedTrouble()
  const customer = async (id: string, types: readonly string[], given: Arguments = {}): Promise<void> => {
    for (const type of types)
      await append(`customer-${id}`, 'the desk', [event(customerEvents, type, 'the desk', given)])
  }
  const lasting = /Registered|Changed|Added|Detected|MergeBegun|MergeCompleted|ChatReserved$/
  const into = { into: zoe.id, from: zoe.id, source: 'merged', organisationId: 'acme' }
  await customer(
    zoe.id,
    Object.keys(customerEvents).filter((type) => lasting.test(type)),
    { ...into, timeZone: 'Europe/Paris' },
  )
  await customer('blocked', ['CustomerRegistered', 'CustomerUnblocked', 'CustomerBlocked'])
  await customer(
    'merged',
    Object.keys(customerEvents).filter((type) => !lasting.test(type)),
    into,
  )
  await customer('merged', ['CustomerRegistered', 'CustomerMerged'], into)
  const lastingOrganisation = Object.keys(organisationEvents).filter((each) => each !== takenBackOrganisation)
  for (const type of ['OrganisationRegistered', takenBackOrganisation, ...lastingOrganisation])
    await append('organisation-acme', 'the desk', [event(organisationEvents, type, 'the desk')])
  for (const { id: owner } of [zoe, max, vera]) {
    for (const [chat, type, given] of chatsOf(of[owner] as Belongings, owner, canaries)) {
      await append(`chat-${chat}`, owner, [event(chatEvents, type, owner, given)])
    }
    for (const [type, given] of draftEventsOf({ ...(of[owner] as Belongings), solved: solvedOf(owner) }, canaries)) {
      await append(`draft-${owner}`, owner, [event(draftEvents, type, owner, given)])
    }
  }
  for (const [stream, type, given] of articleEventsOf(canaries)) {
    const catalogue = stream.startsWith('articleTree') ? articleTreeAggregate.events : articleEvents
    await append(stream, 'the desk', [event(catalogue, type, 'the desk', given)])
  }
  // No published text names these files.
  for (const article of seededArticles)
    for (const type of Object.keys(fileEvents).filter((each) => each !== 'FileDeleted'))
      await append(`file-of-article-${article}`, 'the desk', [
        event(fileEvents, type, 'the desk', { visibility: 'public', owner: `article-${article}` }),
      ])
  await seedReadership(api.readership, canaries, zoe.id)
  await append('cannedReply-greeting', 'the desk', [event(cannedReplyEvents, 'CannedReplySaved', 'the desk')])
  await append('macro-wrap-up', 'the desk', [event(macroEvents, 'MacroSaved', 'the desk')])
  for (const [stream, events, type] of [
    ['cannedReply-gone', cannedReplyEvents, 'CannedReplyRemoved'],
    ['macro-gone', macroEvents, 'MacroRemoved'],
  ] as const)
    await append(stream, 'the desk', [event(events, type, 'the desk')])
  await append('shift-desk', 'the desk', [event(shiftEvents, 'ShiftChanged', 'the desk')])
  const filled = [...unfilledCategories, ...[...streams].map((stream) => parseStream(stream).category)]
  for (const [category, { events }] of Object.entries<{ readonly events: EventCatalogue }>(aggregates)) {
    if (filled.includes(category)) continue
    for (const type of Object.keys(events))
      await append(`${category}-${ofTheDesk}`, 'the desk', [event(events, type, 'the desk')])
  }
  // A customer who watches another customer's ticket gets no notifications of it.
  await mutate(api, ana, 'addWatcher', { ticketId: (of[max.id] as Belongings).ticket, watcher: { id: zoe.id } })
  await mutate(api, ana, 'tagTicket', { ticketId: (of[max.id] as Belongings).ticket, tag: 'watched' })
  if (last !== undefined) await api.settled(last)
  return { canaries, of, agent: 'ana', beginning, streams }
}

/** Appends a ticket of zoe with three replies and three notes whose texts are too long for the cache. */
export async function seedLongHistory(api: ApiUnderTest, canaries: Canaries, ticketId: string): Promise<void> {
  const filler = ' and so on'.repeat(6_000)
  await mutate(api, ana, 'openTicket', { ticketId, subject: 'x', body: 'y', language: 'en', customer: { id: zoe.id } })
  for (let n = 0; n < 3; n++) {
    const answer = canaries.plant({ name: `AgentReplied.body of ${zoe.id}`, customer: zoe.id })
    await mutate(api, ana, 'agentReply', { ticketId, body: answer + filler })
    const note = canaries.plant({ name: `InternalNoteAdded.body of ${zoe.id}` })
    await mutate(api, ana, 'addNote', { ticketId, body: note + filler })
  }
}

type Arguments = Readonly<Record<string, unknown>>

/** A message that was made of an article: of one that there is, so that its figures are of something. */
const ofArticle = { article: { articleId: 'shown', language: 'en', revision: 1, form: 'link' } } as const

const belongingsOf = (owner: string, customer = owner): Belongings => ({
  customer,
  ticket: `ticket-of-${owner}`,
  merged: `merged-of-${owner}`,
  incident: `incident-of-${owner}`,
  chat: `chat-of-${owner}`,
  endedChat: `ended-of-${owner}`,
  queuedChat: `queued-of-${owner}`,
  file: `file-of-${owner}`,
  hiddenFile: `hidden-file-of-${owner}`,
  drafts: Object.values(draftNumbers).map((number) => `${number}~${customer}`),
})

/** The events of three chats: one with an agent and most types of events, one that has ended, and one that waits. */
function chatsOf(
  { chat, endedChat, queuedChat, ticket }: Belongings,
  owner: string,
  canaries: Canaries,
): readonly (readonly [chat: string, type: keyof typeof chatEvents, given: Arguments])[] {
  const started = { 'customer.id': owner }
  const removed = canaries.plant({ name: `the removed text of ${owner}` })
  const parts = ['article', 'original', 'attachments', 'actions', 'card', 'metadata']
  const empty = Object.fromEntries(parts.map((part) => [part, undefined]))
  const conversion = { ticketId: ticket }
  return [
    [chat, 'ChatStarted', { ...started, 'times.firstAnswerWithin': 86_400_000 }],
    ...(['ChatOffered', 'ChatOfferDeclined', 'ChatOffered', 'ChatOfferExpired'] as const).map(on(chat)),
    ...(['ChatOffered', 'ChatOfferWithdrawn', 'ChatCustomerDisconnected', 'ChatCustomerReconnected'] as const).map(
      on(chat),
    ),
    ...(['ChatAccepted', 'ChatRequeued', 'ChatPriorityChanged', 'ChatCategorized', 'ChatAccepted'] as const).map(
      on(chat),
    ),
    [chat, 'ChatMessageSent', { messageId: 'a-message', kind: 'actions', ...ofArticle }],
    [chat, 'ChatMessageEdited', { messageId: 'a-message' }],
    [chat, 'ChatActionChosen', { messageId: 'a-message' }],
    [chat, 'ChatMessageSent', { messageId: 'a-removed-one', ...empty, body: removed, inReplyTo: undefined }],
    [chat, 'ChatMessageRedacted', { messageId: 'a-removed-one' }],
    [chat, 'ChatMessageSent', { messageId: 'a-note', kind: 'note', ...empty }],
    [chat, 'ChatMessageEdited', { messageId: 'a-note', internal: true }],
    ...(['ChatMessagesDelivered', 'ChatMessagesRead', 'ChatAnswerOverdue', 'ChatEscalated'] as const).map(on(chat)),
    [chat, 'ChatInactivityWarned', {}],
    [chat, 'ChatTransferEnded', {}],
    [chat, 'ChatTransferred', {}],
    ...(['speaker', 'observer'] as const).flatMap((role) => [
      [chat, 'ChatParticipantInvited', { role }] as const,
      [chat, 'ChatParticipantJoined', { role }] as const,
      [chat, 'ChatParticipantLeft', { role, joined: true }] as const,
      [chat, 'ChatParticipantJoined', { role }] as const,
    ]),
    [chat, 'ChatCallRequested', { callId: 'an-ended-call', side: 'desk' }],
    ...(['ChatCallAccepted', 'ChatCallStarted', 'ChatCallRecordingWithdrawn', 'ChatCallEnded'] as const).map(
      (type) => [chat, type, { callId: 'an-ended-call', side: 'desk' }] as const,
    ),
    [chat, 'ChatCallRecorded', { callId: 'an-ended-call' }],
    ...calling(chat, 'a-call', 'video'),
    [chat, 'ChatMessageSent', { messageId: 'a-last-message', kind: 'text', article: undefined }],
    [chat, 'ChatTransferRequested', {}],
    [chat, 'ChatOffered', {}],
    [endedChat, 'ChatStarted', started],
    [endedChat, 'ChatClosed', { reason: 'spam' }],
    [endedChat, 'ChatFenced', {}],
    [endedChat, 'ChatReopened', {}],
    [endedChat, 'ChatConversionRequested', conversion],
    [endedChat, 'ChatConversionRefused', conversion],
    [endedChat, 'ChatClosed', {}],
    [endedChat, 'ChatRated', {}],
    [endedChat, 'ChatTranscriptRequested', {}],
    [endedChat, 'ChatConverted', conversion],
    [queuedChat, 'ChatStarted', started],
    ...calling(queuedChat, 'a-call-at-a-page', 'remote'),
  ]
}

const calling = (chat: string, callId: string, kind: CallKind) =>
  [
    [chat, 'ChatCallRequested', { callId, kind, side: 'customer', agent: undefined }],
    [chat, 'ChatCallAccepted', { callId, 'agent.id': ana.id }],
  ] as const

const on =
  (chat: string) =>
  <T extends keyof typeof chatEvents>(type: T) =>
    [chat, type, {}] as const

/** A ticket whose import was taken back is opened again. */
const takenBack = 'TicketImportWithdrawn'
const takenBackOrganisation = 'OrganisationImportWithdrawn'

/** A removal of a subject hides those of the whole history before it. */
const keepsSubject = { subject: undefined }

/** Events that end a ticket, which therefore have a ticket of their own. */
const endings = ['TicketMerged', 'TicketClosed']

const senderOf = (type: string, owner: string): Actor =>
  ['TicketOpened', 'CustomerReplied', 'ChatStarted', 'DraftOpened', 'DraftDismissed'].includes(type)
    ? { kind: 'customer', id: owner }
    : { kind: 'agent', id: 'bob' }

/** Texts that cannot be arbitrary: the customer of the ticket, and references. */
function givenIn(mine: Belongings, theirs: Belongings, owner: Bearer): Readonly<Record<string, Arguments>> {
  const source = { source: mine.merged }
  const link = { to: theirs.ticket }
  return {
    TicketOpened: {
      'draft.customerId': owner.id,
      'draft.number': draftNumbers.opened,
      'customer.id': owner.id,
      language: 'fr',
      splitFrom: undefined,
      messageId: 'first-message',
    },
    AttachmentAdded: { messageId: 'first-message', fileId: undefined },
    TicketMessageRedacted: { internal: false, messageId: 'none' },
    TicketMerged: { into: mine.ticket },
    MergeDeclined: { into: theirs.ticket },
    TicketAbsorbed: source,
    AbsorptionCompleted: source,
    AbsorptionReverted: { source: theirs.merged },
    TicketSplit: { into: theirs.merged },
    TicketLinked: link,
    TicketUnlinked: { ...link, relation: 'causes' },
    TicketAssigned: { 'assignee.id': ana.id },
    TicketEscalated: { level: 2 },
    TicketRouted: {
      'agent.id': ana.id,
      candidates: candidateTable(['rating'], [{ agentId: ana.id, score: 1, parts: [1] }]),
    },
    ChaseSent: { language: 'fr' },
    CustomerChased: { language: 'fr' },
    UpdateRelayed: { incidentId: mine.incident },
  }
}

async function configure(api: ApiUnderTest, canaries: Canaries): Promise<void> {
  const secret = (name: string): string => canaries.plant({ name: `the ${name} of the configuration` })
  const team = secret('team')
  const calendar = secret('calendar')
  const centres = followTheSun({}).followTheSun?.centres?.map((centre) => ({ ...centre, minimumCrew: 100 })) ?? []
  const document = configurationSchema.parse({
    ...followTheSun({ centres }),
    plans: [secret('plan')],
    teams: [{ name: team, label: secret('label') }, { name: 'supervisors' }],
    categories: [{ name: 'billing', label: { fr: 'Facturation' }, escalateTo: team }],
    calendars: {
      ...followTheSun({}).calendars,
      // At any hour there is a hand-over at the next change of these hours.
      paris: supportCalendars.montreal,
      [calendar]: { timeZone: 'Europe/Paris', hours: { everyDay: ['00:00-24:00'] } },
    },
    sla: { policies: [{ name: secret('policy'), calendar, firstResponse: '4h', resolution: '2bd' }] },
    objectives: { calendars: { firstResponse: calendar } },
    chat: { channels: { web: { videoCalls: true } } },
    // Whoever has lost a point is at risk, and messages of some hours ago wait for too long.
    proactive: { health: { atRisk: 99, waitsAfter: '1h' } },
    templates: { fr: { [secret('template')]: secret('template text') } },
  })
  const outcome = await api.desk.execute(
    'configuration',
    'desk',
    { type: 'apply', configuration: document, comment: secret('comment') },
    { by: { kind: 'agent', id: ada.id } },
  )
  if (!outcome.ok) throw new Error(outcome.refusal.message)
}
