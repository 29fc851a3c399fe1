import type { GraphQLField, GraphQLInputType, GraphQLSchema } from 'graphql'
import { getNamedType, getNullableType, isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql'
import { aggregates } from '@guichet/domain'
import type { Belongings, SeededDesk } from './seeded-desk.ts'
import { ofTheDesk } from './seeded-desk.ts'
import { seededArticles } from './seeded-articles.ts'
import { draftNumbers } from './seeded-drafts.ts'

type Field = GraphQLField<unknown, unknown>

/** Ids that do not exist. */
export const nobodys: Belongings = {
  customer: 'nobody',
  ticket: 'ticket-of-nobody',
  merged: 'merged-of-nobody',
  incident: 'incident-of-nobody',
  file: 'file-of-nobody',
  hiddenFile: 'hidden-file-of-nobody',
  chat: 'chat-of-nobody',
  endedChat: 'ended-of-nobody',
  queuedChat: 'queued-of-nobody',
  drafts: ['1~nobody'],
}

/** The arguments of root fields; all others get a value by their name and type. */
const argumentsOfRoots: Readonly<Record<string, (of: Belongings, desk: SeededDesk) => readonly string[]>> = {
  node: ({ ticket, incident, file, hiddenFile, chat, drafts }, { agent }) =>
    [
      ticket,
      `Incident~${incident}`,
      `Agent~${agent}`,
      `File~${file}`,
      `File~${hiddenFile}`,
      `Chat~${chat}`,
      `ChatMessage~${chat}~a-note`,
      ...drafts.map((draft) => `Draft~${draft}`),
      ...seededArticles.flatMap((id) => [`Article~${id}`, `ArticleCategory~${id}`, `ArticleRating~${id}~en~agent~ana`]),
    ].map((id) => `id: "${id}"`),
  nodes: ({ ticket, merged }) => [`ids: ["${ticket}", "${merged}"]`],
  ticket: ({ ticket, merged }) => [`id: "${ticket}"`, `id: "${merged}"`],
  audit: (_, { streams }) => [
    'first: 100',
    'last: 100',
    ...[...streams].map((stream) => `first: 100, filter: { stream: "${stream}" }`),
  ],
  tickets: () => ['first: 50', 'last: 50, orderBy: { by: UPDATED_AT }'],
  file: ({ file, hiddenFile }) => [`id: "${file}"`, `id: "${hiddenFile}"`],
  incident: ({ incident }) => [`id: "${incident}"`],
  article: () => seededArticles.map((id) => `id: "${id}"`),
  articleReplacement: () => seededArticles.map((id) => `id: "${id}"`),
  articleSearch: () => [
    'query: "a title", language: "en", first: 20',
    'query: "ArticleRevised title excerpt body keywords nobody", language: "en", first: 20',
    'query: "ArticlePhraseAdded phrase", language: "en", first: 20',
  ],
  articleSuggestions: () => ['text: "a ti", language: "en"', 'text: "articlerev", language: "en"'],
  searchesWithoutResult: () => ['limit: 100'],
  popularArticleSearches: () => ['language: "en", limit: 20'],
  contextualHelp: () => ['page: "/articlerevised/title", language: "en"'],
  articleAnswers: () => [
    'text: "ArticleRevised title excerpt body keywords nobody", language: "en"',
    'text: "a title", language: "en", sessionId: "s", context: { categoryId: "hidden", page: "/a/title" }',
  ],
  agent: (_, { agent }) => [`id: "${agent}"`, 'id: "bob"'],
  customer: () => ['id: "zoe"', 'id: "blocked"', 'id: "merged"'],
  customerByIdentity: () => ['identity: { externalId: { system: "crm", value: "known" } }'],
  organisation: () => ['id: "acme"'],
  atRisk: () => ['first: 100', 'first: 100, of: ORGANISATIONS', 'first: 100, organisationId: "acme"'],
  chat: ({ chat, endedChat, queuedChat }) => [chat, endedChat, queuedChat].map((id) => `id: "${id}"`),
  chats: () => ['first: 100', 'first: 100, orderBy: WAIT', 'first: 100, filter: { search: "zoe" }'],
  chatChanged: ({ chat }) => [`id: "${chat}", last: 500`],
  chatPlaceChanged: ({ queuedChat }) => [`chatId: "${queuedChat}"`],
  articleEditorsChanged: () => ['articleId: "hidden"'],
  chatTypingChanged: ({ chat }) => [`chatId: "${chat}"`],
  chatPresenceChanged: ({ chat }) => [`chatId: "${chat}"`],
  chatCallSignalled: ({ chat }) => [`chatId: "${chat}", callId: "a-call"`],
  customerAlertsChanged: () => ['customerId: "zoe"'],
  chatDays: () => [`first: "${day(-1)}", last: "${day(0)}"`],
  chatHours: () => [`from: "${day(-1)}T00:00:00Z", count: 48`],
  deadlines: () => ['first: 100, dueBefore: "2099-01-01T00:00:00Z"'],
  dailyReport: () => [`first: "${day(-1)}", last: "${day(0)}"`],
  configuration: () => ['', 'version: 1'],
  chatSlaDashboard: () => ['by: POLICY', 'by: CATEGORY'],
  draftTranslation: ({ chat }) => [`chatId: "${chat}", text: "a text"`],
  conversationArticles: ({ chat, ticket }) => [
    `chatId: "${chat}"`,
    `ticketId: "${ticket}"`,
    `chatId: "${chat}", query: "a title"`,
    `chatId: "${chat}", query: "zzyzx"`,
  ],
  renderCannedReply: ({ chat }) => [`cannedReplyId: "greeting", chatId: "${chat}"`],
  slaDashboard: () => ['by: TEAM', 'by: POLICY'],
  ticketChanged: ({ ticket }, { beginning }) => [`id: "${ticket}", after: "${beginning}"`],
  inboxReceived: (_, { beginning }) => [`after: "${beginning}"`],
}

/** Returns the day a number of days from now. The events of the seeded desk, some hours old, may be of yesterday. */
const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

/**
 * Returns the arguments of a root field, as GraphQL text, that name somebody's belongings.
 * @throws Error for a required argument that has no value here.
 */
export const callsOf = (field: Field, of: Belongings, desk: SeededDesk): readonly string[] =>
  argumentsOfRoots[field.name]?.(of, desk) ?? [usual(field)]

function usual({ name, args }: Field): string {
  if (args.some((argument) => argument.name === 'first')) return 'first: 100'
  const missing = args.find(({ type }) => isNonNullType(type))
  if (missing?.name === 'id' && Object.hasOwn(aggregates, name)) return `id: "${ofTheDesk}"`
  if (missing) throw new Error(`the matrix has no value for the argument ${missing.name} of ${name}`)
  return ''
}

/** Returns the input of a mutation as GraphQL text: ids name somebody's belongings, and all other required fields have a value. */
export function inputOf(
  field: Field,
  of: Belongings,
  desk: SeededDesk,
  commandId: string,
  leftOut: readonly string[] = [],
): string {
  const [input] = field.args
  if (!input) throw new Error(`${field.name} takes no input`)
  return `input: ${literal(input.type, field.name, { of, desk, commandId, leftOut })}`
}

type Values = {
  readonly of: Belongings
  readonly desk: SeededDesk
  readonly commandId: string
  readonly leftOut: readonly string[]
}

/** Returns the value of an id in an input; an id without one fails the matrix. */
function idOf(name: string, path: string, { of, desk, commandId }: Values): string {
  if (name === 'commandId') return commandId
  if (/^(ticketId|source)$/.test(name)) return of.ticket
  if (/^(to|into|target)$/.test(name)) return of.merged
  if (path === 'rateTranslation.of') return `Message~${of.ticket}~a-message`
  if (name === 'incidentId') return of.incident
  if (name === 'fileId') return of.file
  if (name === 'agentId') return desk.agent
  if (/^(articleId|categoryId|parentId|replacedBy|relatedTo)$/.test(name)) return 'hidden'
  if (/^organisation/.test(name)) return 'acme'
  if (name === 'chatId') return of.chat
  if (name === 'cannedReplyId') return 'greeting'
  if (name === 'macroId') return 'wrap-up'
  if (ofDrafts.test(path)) return of.customer
  if (/^(messageId|attachmentId|actionId|inReplyTo|callId|signalId|cardId|sessionId)$/.test(name))
    return `${commandId}-${name}`
  if (/^(id|watcherId|assigneeId|customerId|intoCustomerId)$/.test(name)) return desk.agent
  if (Object.keys(aggregates).some((category) => name === `${category}Id`)) return ofTheDesk
  throw new Error(`the matrix has no value for ${path}: does it name something that belongs to somebody?`)
}

/** Optional fields that are set nevertheless: ids, and the reasons required from agents. */
const alwaysSet = /^(ticketId|incidentId|messageId|reason)$/

/** The paths of the customer whose drafts a mutation is about. */
const ofDrafts = /^(approve|withhold|open|dismiss|switch)Drafts?(On|Off)?\.customerId$/

function literal(type: GraphQLInputType, path: string, values: Values): string {
  const named = getNamedType(type)
  const one = (): string => {
    if (named.name === 'ID') return `"${idOf(path.split('.').at(-1) ?? '', path, values)}"`
    if (isEnumType(named)) return named.getValues()[0]?.name ?? ''
    const sample = samplesOfPaths[path] ?? samples[named.name]
    if (sample !== undefined) return sample
    if (!isInputObjectType(named)) return missing(named.name)
    const given = Object.values(named.getFields()).filter(
      ({ name, type: fieldType }) =>
        isNonNullType(fieldType) ||
        (alwaysSet.test(name) && !values.leftOut.includes(name)) ||
        ofDrafts.test(`${path}.${name}`),
    )
    return `{ ${given.map((field) => `${field.name}: ${literal(field.type, `${path}.${field.name}`, values)}`).join(', ')} }`
  }
  return isListType(getNullableType(type)) ? `[${one()}]` : one()
}

const samples: Readonly<Record<string, string>> = {
  String: '"fr"',
  Int: '1',
  Float: '1',
  Boolean: 'true',
  DateTime: '"2026-03-02T09:00:00Z"',
  Date: '"2026-03-02"',
  JSON: '{ sla: {} }',
  Upload: '$content',
  CustomerIdentityInput: '{ externalId: { system: "crm", value: "known" } }',
  ActivityInput: '{ id: "an-activity", kind: "page_view", at: "2026-03-02T09:00:00Z" }',
}

/** Values of single fields, by their path: customers do not learn of a draft that they were never offered. */
const samplesOfPaths: Readonly<Record<string, string>> = {
  'dismissDraft.number': String(draftNumbers.unreviewed),
}

function missing(type: string): never {
  throw new Error(`the matrix has no value for the scalar ${type}`)
}

/** Returns the conditions of a filter, each with a value. */
export function conditionsOf(schema: GraphQLSchema, name: string, desk: SeededDesk): ReadonlyMap<string, string> {
  const filter = schema.getType(name)
  if (!isInputObjectType(filter)) throw new Error(`no filter is called ${name}`)
  const values = { of: nobodys, desk, commandId: 'none', leftOut: [] }
  return new Map(
    Object.values(filter.getFields()).map((field) => [field.name, literal(field.type, field.name, values)]),
  )
}

/** Returns the root fields of a kind of operation. */
export function rootsOf(schema: GraphQLSchema, kind: 'Query' | 'Mutation' | 'Subscription'): readonly Field[] {
  const type = schema.getType(kind)
  return type && 'getFields' in type ? (Object.values(type.getFields()) as Field[]) : []
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** The conditions by which customers may filter lists; any other is refused. */
export const filtersOfCustomers = [
  [
    'tickets',
    'TicketFilter',
    words(
      'and or not status priority category openedAt updatedAt lastReplyAt lastCustomerReplyAt lastAgentReplyAt waitingSince resolvedAt search',
    ),
  ],
  ['chats', 'ChatFilter', words('status channel priority category mine search')],
] as const

/** Fields that are empty on the desk of the matrix, so that they contain no canary. */
export const unfilled: readonly string[] = words(`
  Article.editors Article.outsideLinks ArticleEditing.editors ArticleEditor.actor ArticleEditor.language ArticleEditor.since ArticleRevision.previewAddress
  ArticleRevision.suspectedLanguage Arrival.at Arrival.from Calendar.holidays Category.parent Category.priority Escalation.arrival Escalation.takenAt Escalation.takenBy
  ContextualHelp.quickActions ContextualHelp.searches ContextualHelp.videos LanguageAvailability.closesAt QuickAction.address QuickAction.event QuickAction.key QuickAction.label
  VideoTutorial.address VideoTutorial.article VideoTutorial.poster VideoTutorial.title ChatAvailability.closesAt ChatAvailability.opensAt ChatAvailability.pushKey ChatLiveData.failedSources ChatMessage.translation Chat.workingLanguage ChatPlace.expectedWait ChatPlace.meanFirstAnswer ChatTyper.agent ChatTyper.side ChatTyping.typing
  DraftEffect.medianTimeToReport DraftEffect.share DraftFigures.ticketsAvoided ExpectedWait.from ExpectedWait.mean ExpectedWait.to
  Holiday.date Holiday.hours Holiday.name Incident.overdue Incident.resolvedAt Message.translation
  Notification.incident OutsideLink.address OutsideLink.checkedAt OutsideLink.fault OutsideLink.language OutsideLink.outcome OutsideLink.redirectedTo OutsideLink.status QueueOfLevel.expectedWait QueuedTicket.expectedWait
  Recipient.language SlaRule.categories SlaRule.organisations SlaRule.plans SlaRule.priorities SlaTargetRecord.answeredAt SlaTargetRecord.pausedSince
  SlaTargetRecord.timeLeft SlaTargetRecord.warnedAt Team.calendar Ticket.unreadSince Ticket.waitingSince Ticket.workingLanguage
  Translation.fault Translation.language Translation.service Translation.serviceVersion Translation.sourceLanguage Translation.text
  TranslationQuality.language TranslationQuality.rated TranslationQuality.right TranslationQuality.service TranslationQuality.serviceVersion
  TranslationQuality.sourceLanguage`)

/**
 * Texts that the API shows to nobody, or not to their customer: values that a later event replaced, reasons of decisions, and data for
 * people whom an incident pages.
 */
export const notShown: readonly string[] = [
  'the file of an internal category: by nobody',
  ...ofEvent('AgentRegistered', 'centre email languages name shift skills specialities team'),
  ...ofEvent('ArticleCreated', 'tags'),
  ...ofEvent('ArticlePhraseRemoved', 'phrase'),
  ...ofEvent('ArticleRevised', 'source.files source.files.value source.head source.path source.tail'),
  ...ofEvent('ChatReservationReleased', 'chatId'),
  ...ofEvent('ChatReserved', 'chatId'),
  ...ofEvent('CustomerEmailRemoved', 'address'),
  ...ofEvent('CustomerExternalIdRemoved', 'id system'),
  ...ofEvent('CustomerImportWithdrawn', 'importId'),
  ...ofEvent('CustomerLanguageDetected', 'language'),
  ...ofEvent('CustomerPhoneRemoved', 'number'),
  ...ofEvent('CustomerRegistered', 'country firstName language lastName name organisationId plan segment'),
  ...ofEvent('DraftOpened', 'customer.email customer.firstName customer.id customer.name phone plan'),
  ...ofEvent('DraftSettled', 'refusal'),
  // Files of articles that no published text names are the desk's alone.
  ...words('by mediaType name sha256').map((path) => `FileStored.${path}: not by its customer`),
  ...ofEvent('IdentityClaimed', 'holder value'),
  ...ofEvent('IdentityReleased', 'holder value'),
  ...ofEvent('OrganisationDomainRemoved', 'domain'),
  ...ofEvent('OrganisationImportWithdrawn', 'importId'),
  ...ofEvent('OrganisationManagerRemoved', 'customerId'),
  ...ofEvent('OrganisationRegistered', 'customerSince fields fields.value industry name plan'),
  ...ofEvent('VisitorIdentified', 'customer.email customer.firstName customer.id customer.name plan'),
  ...ofEvent('ChatStarted', 'organisationId'),
  ...ofEvent('ChatClosed', 'continuedIn'),
  ...ofEvent('ChatConversionRequested', 'subject'),
  ...ofEvent('ChatRequeued.from', 'id name'),
  ...ofEvent('ChatTransferred.from', 'id'),
  ...ofEvent('ChatCategorized', 'from'),
  ...ofEvent('ChatTranscriptRequested', 'address'),
  'the removed text: by nobody',
  ...ofEvent('IncidentDeclared', 'policyVersion'),
  ...ofEvent('IncidentDeclared.settings.briefed', 'email id name'),
  ...ofEvent('IncidentDeclared.settings.rota', 'email id name'),
  ...ofEvent('IncidentOverdue', 'policyVersion'),
  ...ofEvent('IncidentSuspected.incident', 'code kind pages versions'),
  ...ofEvent('MergeDeclined', 'merge'),
  ...ofEvent('ShiftChanged', 'offShift.name'),
  ...ofEvent('TechnicianArrived.technician', 'email id name'),
  ...ofEvent('TicketAssigned.from', 'email id name'),
  ...ofEvent('TicketClosed', 'message.language policyVersion'),
  ...ofEvent('TicketDeescalated', 'from'),
  ...ofEvent('TicketEscalated', 'missed.policyVersion'),
  ...ofEvent('TicketMessageRedacted', 'attachmentIds'),
  ...ofEvent('TicketOpened', 'chatId organisationId policyVersion'),
  'TicketOpened.category: not by its customer',
  ...ofEvent('TicketQueued', 'policyVersion'),
  ...ofEvent('TicketSplit', 'subject'),
  ...ofEvent('TroubleSuspected', 'analyserVersion'),
  ...ofEvent('TroubleSuspected.suspicion', 'kind'),
  ...ofEvent('WorkClaimed', 'work'),
  ...ofEvent('WorkReleased', 'work'),
]

function ofEvent(type: string, paths: string): readonly string[] {
  return words(paths).map((path) => `${type}.${path}: by nobody`)
}
