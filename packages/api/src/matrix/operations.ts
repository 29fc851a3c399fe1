import type { GraphQLArgument, GraphQLField, GraphQLInputType, GraphQLNamedType, GraphQLSchema } from 'graphql'
import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  parseValue,
  valueFromASTUntyped,
} from 'graphql'
import type { Belongings, SeededDesk } from './seeded-desk.ts'

type Field = GraphQLField<unknown, unknown>

/** Ids that do not exist. */
export const nobodys: Belongings = {
  ticket: 'ticket-of-nobody',
  merged: 'merged-of-nobody',
  incident: 'incident-of-nobody',
  file: 'file-of-nobody',
  hiddenFile: 'hidden-file-of-nobody',
  chat: 'chat-of-nobody',
  endedChat: 'ended-of-nobody',
  queuedChat: 'queued-of-nobody',
}

/** The arguments of root fields; all others get a value by their type. */
const argumentsOfRoots: Readonly<Record<string, (of: Belongings, desk: SeededDesk) => readonly string[]>> = {
  node: ({ ticket, incident, file, hiddenFile, chat }, { agent }) =>
    [
      ticket,
      `Incident~${incident}`,
      `Agent~${agent}`,
      `File~${file}`,
      `File~${hiddenFile}`,
      `Chat~${chat}`,
      `ChatMessage~${chat}~a-note`,
    ].map((id) => `id: "${id}"`),
  nodes: ({ ticket, merged }) => [`ids: ["${ticket}", "${merged}"]`],
  ticket: ({ ticket, merged }) => [`id: "${ticket}"`, `id: "${merged}"`],
  audit: () => ['first: 100', 'last: 100', ...audited.map((stream) => `first: 100, filter: { stream: "${stream}" }`)],
  tickets: () => ['first: 50', 'last: 50, orderBy: { by: UPDATED_AT }'],
  file: ({ file, hiddenFile }) => [`id: "${file}"`, `id: "${hiddenFile}"`],
  incident: ({ incident }) => [`id: "${incident}"`],
  agent: (_, { agent }) => [`id: "${agent}"`, 'id: "bob"'],
  customer: () => ['id: "zoe"', 'id: "blocked"', 'id: "merged"'],
  customerByIdentity: () => ['identity: { externalId: { system: "crm", value: "known" } }'],
  organisation: () => ['id: "acme"'],
  chat: ({ chat, endedChat, queuedChat }) => [chat, endedChat, queuedChat].map((id) => `id: "${id}"`),
  chats: () => ['first: 100', 'first: 100, orderBy: WAIT', 'first: 100, filter: { search: "zoe" }'],
  chatChanged: ({ chat }) => [`id: "${chat}", last: 500`],
  chatPlaceChanged: ({ queuedChat }) => [`chatId: "${queuedChat}"`],
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
  renderCannedReply: ({ chat }) => [`cannedReplyId: "greeting", chatId: "${chat}"`],
  slaDashboard: () => ['by: TEAM', 'by: POLICY'],
  ticketChanged: ({ ticket }, { beginning }) => [`id: "${ticket}", after: "${beginning}"`],
  inboxReceived: (_, { beginning }) => [`after: "${beginning}"`],
}

/** The streams whose whole audit trail is read. */
const audited = [
  'agent-ana',
  'agent-bob',
  'shift-desk',
  'cannedReply-greeting',
  'cannedReply-gone',
  'macro-wrap-up',
  'macro-gone',
  'customer-zoe',
  'customer-blocked',
  'customer-merged',
  'organisation-acme',
  'identity-of-known',
  'configuration-desk',
  ...['zoe', 'max'].flatMap((owner) => [
    `ticket-ticket-of-${owner}`,
    `ticket-merged-of-${owner}`,
    `ticket-waiting-of-${owner}`,
    `incident-incident-of-${owner}`,
    `file-file-of-${owner}`,
    `file-hidden-file-of-${owner}`,
  ]),
  ...['zoe', 'max', 'vera'].flatMap((owner) => ['chat', 'ended', 'queued'].map((chat) => `chat-${chat}-of-${owner}`)),
]

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
  if (name === 'incidentId') return of.incident
  if (name === 'fileId') return of.file
  if (name === 'agentId') return desk.agent
  if (/^organisation/.test(name)) return 'acme'
  if (name === 'chatId') return of.chat
  if (name === 'cannedReplyId') return 'greeting'
  if (name === 'macroId') return 'wrap-up'
  if (/^(messageId|attachmentId|actionId|inReplyTo|callId|signalId|cardId)$/.test(name)) return `${commandId}-${name}`
  if (/^(id|watcherId|assigneeId|customerId|intoCustomerId)$/.test(name)) return desk.agent
  throw new Error(`the matrix has no value for ${path}: does it name something that belongs to somebody?`)
}

/** Optional fields that are set nevertheless: ids, and the reasons required from agents. */
const alwaysSet = /^(ticketId|incidentId|messageId|reason)$/

function literal(type: GraphQLInputType, path: string, values: Values): string {
  const named = getNamedType(type)
  const one = (): string => {
    if (named.name === 'ID') return `"${idOf(path.split('.').at(-1) ?? '', path, values)}"`
    if (isEnumType(named)) return named.getValues()[0]?.name ?? ''
    const sample = samples[named.name]
    if (sample !== undefined) return sample
    if (!isInputObjectType(named)) return missing(named.name)
    const given = Object.values(named.getFields()).filter(
      ({ name, type: own }) => isNonNullType(own) || (alwaysSet.test(name) && !values.leftOut.includes(name)),
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

function dayBefore(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
}

/** The arguments of fields below the root, by `Type.field`. */
const argumentsOfFields: Readonly<Record<string, string>> = {
  'ChatReport.groups': 'by: AGENT',
  'Ticket.slaTargets': 'ended: 100',
  'Ticket.asOf': 'at: "2099-01-01T00:00:00Z"',
  'Chat.asOf': 'at: "2099-01-01T00:00:00Z"',
  'ChatEvent.text': 'language: "fr"',
  'Agent.timeInAvailability': `from: "${dayBefore(2)}", to: "${dayBefore(0)}"`,
}

type Kind = 'query' | 'mutation' | 'subscription'

/** What a document selects: every field; further tickets too; every field but the lists of tickets and chats. */
export type Extent = 'full' | 'beyond' | 'withoutLists'

/** A document, and the values of its variables. */
export type Written = { readonly query: string; readonly variables: Readonly<Record<string, unknown>> }

/** Returns arguments by name; none for those that hold a file, which stands in the document. */
function argumentsIn(given: string): Readonly<Record<string, unknown>> {
  if (given === '' || given.includes('$')) return {}
  return valueFromASTUntyped(parseValue(`{ ${given} }`)) as Readonly<Record<string, unknown>>
}

/**
 * Writes documents that select every field reachable from a type. A ticket refers to other tickets, of which only fields that lead to no
 * further tickets are selected.
 */
type Documents = {
  /** Writes an operation with one root field. `given`: its arguments as GraphQL text. */
  operation(kind: Kind, field: Field, given: string, extent: Extent): Written
  /** The fields that the documents have selected, by `Type.field`. */
  queried(): ReadonlySet<string>
}

const ticketType = 'Ticket'

/** The types whose lists, such as their history, a document without lists leaves out. */
const listed: ReadonlySet<string> = new Set([ticketType, 'Chat'])

/** Fields of chats that are selected of a chat itself alone, since they would repeat much in each event of it. */
const ofChatAlone: ReadonlySet<string> = new Set(['Chat.customerRecord', 'Chat.liveData'])

/** Writes the documents of a schema. @throws Error for an argument that has no value here. */
export function createDocuments(schema: GraphQLSchema): Documents {
  const queried = new Set<string>()
  const known = new Map<string, boolean>()
  const written = new Map<string, string>()

  const leadsToTicket = (type: GraphQLNamedType, path: readonly string[] = []): boolean => {
    if (type.name === ticketType) return true
    const before = known.get(type.name)
    if (before !== undefined) return before
    if (path.includes(type.name)) return false
    const leads = membersOf(schema, type).some((member) =>
      fieldsOf(member).some((field) => leadsToTicket(getNamedType(field.type), [...path, type.name])),
    )
    known.set(type.name, leads)
    return leads
  }

  const selection = (type: GraphQLNamedType, how: How, path: readonly string[]): string => {
    const members = membersOf(schema, type)
    const union = members.length > 1 || isAbstractType(type)
    const parts = members.map((member) => {
      const fields = fieldsOf(member).flatMap((field) => selected(member, field, union, how, path))
      return union ? `... on ${member.name} { ${fields.join(' ')} }` : fields.join(' ')
    })
    return `__typename ${parts.join(' ')}`
  }
  const selected = (
    parent: GraphQLNamedType,
    field: Field,
    alias: boolean,
    how: How,
    path: readonly string[],
  ): readonly string[] => {
    const type = getNamedType(field.type)
    if (path.includes(type.name)) return []
    if (ofChatAlone.has(`${parent.name}.${field.name}`) && path[0] !== 'Chat') return []
    const leads = leadsToTicket(type)
    if (!how.all && !leads) return []
    if (how.withoutLists && listed.has(parent.name) && type.name.endsWith('Connection')) return []
    const name = `${alias ? `${parent.name}__${field.name}: ` : ''}${field.name}${argumentsOf(parent, field)}`
    if (isLeafType(type)) {
      queried.add(`${parent.name}.${field.name}`)
      return [name]
    }
    if (type.name === ticketType) {
      if (how.ticket === undefined) return []
      queried.add(`${parent.name}.${field.name}`)
      return [`${name} { ...${how.ticket} }`]
    }
    if (how.all) queried.add(`${parent.name}.${field.name}`)
    return [`${name} { ${selection(type, how, [...path, type.name])} }`]
  }

  const ticket = schema.getType(ticketType)
  if (!isObjectType(ticket)) throw new Error('there are no tickets')
  const plain = `fragment Ticket_ on Ticket { ${selection(ticket, { all: true, ticket: undefined }, [])} }`
  const brief = `fragment TicketWithoutLists on Ticket { ${selection(ticket, { all: true, ticket: undefined, withoutLists: true }, [])} }`
  const onward = selection(ticket, { all: false, ticket: 'Ticket_' }, [])
  const further = `fragment TicketAndBeyond on Ticket { ...Ticket_ ${onward} }`
  const fragments = {
    full: ['Ticket_', plain],
    beyond: ['TicketAndBeyond', `${plain} ${further}`],
    withoutLists: ['TicketWithoutLists', brief],
  } as const

  return {
    // The arguments are variables: the server prepares a document once for all values.
    operation: (kind, field, given, extent) => {
      const variables = argumentsIn(given)
      const names = Object.keys(variables)
      const passed = names.length > 0 ? names.map((name) => `${name}: $${name}`).join(', ') : given
      const key = `${kind} ${field.name} ${passed} ${extent}`
      const query = written.get(key) ?? documentOf(kind, field, names, passed, extent)
      written.set(key, query)
      return { query, variables }
    },
    queried: () => queried,
  }

  function documentOf(kind: Kind, field: Field, names: readonly string[], passed: string, extent: Extent): string {
    const declared = names.map((name) => `$${name}: ${typeOf(field, name)}`).join(', ')
    const head = declared === '' ? kind : `${kind} (${declared})`
    const root = passed === '' ? field.name : `${field.name}(${passed})`
    const [fragment, definitions] = fragments[extent]
    const document = `${head} { ${root} ${inside(getNamedType(field.type), fragment, extent === 'withoutLists')} }`
    return document.includes('...Ticket') ? `${document} ${definitions}` : document
  }

  function inside(type: GraphQLNamedType, fragment: string, withoutLists: boolean): string {
    if (isLeafType(type)) return ''
    if (type.name === ticketType) return `{ ...${fragment} }`
    if (type.name === 'Node') {
      const how = { all: true, ticket: fragment }
      const others = membersOf(schema, type).filter(({ name }) => /^(Agent|Incident|Chat|ChatMessage)$/.test(name))
      const parts = others.map((member) => {
        const fields = fieldsOf(member).flatMap((field) => selected(member, field, true, how, [member.name]))
        return `... on ${member.name} { ${fields.join(' ')} }`
      })
      return `{ __typename ... on Ticket { ...${fragment} } ${parts.join(' ')} }`
    }
    return `{ ${selection(type, { all: true, ticket: fragment, withoutLists }, [type.name])} }`
  }
}

/** `all`: whether to select fields that lead to no ticket; `ticket`: the fragment for tickets. */
type How = { readonly all: boolean; readonly ticket: string | undefined; readonly withoutLists?: boolean }

function membersOf(schema: GraphQLSchema, type: GraphQLNamedType) {
  if (isObjectType(type)) return [type]
  return isAbstractType(type) ? schema.getPossibleTypes(type) : []
}

const fieldsOf = (type: GraphQLNamedType): readonly Field[] =>
  isObjectType(type) ? Object.values(type.getFields()) : []

function typeOf({ name, args }: Field, argument: string): string {
  const found = args.find((each) => each.name === argument)
  if (!found) throw new Error(`${name} takes no argument ${argument}`)
  return String(found.type)
}

function argumentsOf(parent: GraphQLNamedType, field: Field): string {
  const given = argumentsOfFields[`${parent.name}.${field.name}`]
  if (given !== undefined) return `(${given})`
  const needed = field.args.filter(isNeeded)
  if (needed.length === 0) return ''
  return `(${needed.map((argument) => `${argument.name}: ${sizeOf(parent, field, argument)}`).join(', ')})`
}

/** Whether an argument is required. `first` is, although the schema does not require it. */
const isNeeded = ({ name, type }: GraphQLArgument): boolean => name === 'first' || isNonNullType(type)

function sizeOf(parent: GraphQLNamedType, field: Field, { name }: GraphQLArgument): string {
  if (name === 'first') return '100'
  throw new Error(`the matrix has no value for the argument ${name} of ${parent.name}.${field.name}`)
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** The conditions by which customers may filter lists; any other is refused. */
export const filtersOfCustomers = [
  ['tickets', 'TicketFilter', words('and or not status priority category openedAt updatedAt search')],
  ['chats', 'ChatFilter', words('status channel priority category mine search')],
] as const

/** Fields that are empty on the desk of the matrix, so that they contain no canary. */
export const unfilled: readonly string[] = words(`
  Arrival.at Arrival.from Calendar.holidays Category.parent Category.priority Escalation.arrival Escalation.takenAt Escalation.takenBy
  ChatAvailability.closesAt ChatAvailability.opensAt ChatAvailability.pushKey ChatLiveData.failedSources ChatPlace.expectedWait ChatPlace.meanFirstAnswer ChatTyper.agent ChatTyper.side ChatTyping.typing  ExpectedWait.from ExpectedWait.mean ExpectedWait.to
  Holiday.date Holiday.hours Holiday.name Incident.deadlines Incident.overdue Incident.resolvedAt IncidentDeadline.cycle
  IncidentDeadline.dueAt IncidentDeadline.kind Notification.incident QueueOfLevel.expectedWait QueuedTicket.expectedWait
  Recipient.language SlaRule.categories SlaRule.organisations SlaRule.plans SlaRule.priorities SlaTargetRecord.answeredAt SlaTargetRecord.pausedSince
  SlaTargetRecord.timeLeft SlaTargetRecord.warnedAt Team.calendar Ticket.resolvedAt Ticket.waitingSince`)

/**
 * Texts that the API shows to nobody, or not to their customer: values that a later event replaced, reasons of decisions, and data for
 * people whom an incident pages.
 */
export const notShown: readonly string[] = [
  ...ofEvent('AgentRegistered', 'centre email languages name shift skills specialities team'),
  ...ofEvent('ChatReservationReleased', 'chatId'),
  ...ofEvent('ChatReserved', 'chatId'),
  ...ofEvent('CustomerEmailRemoved', 'address'),
  ...ofEvent('CustomerExternalIdRemoved', 'id system'),
  ...ofEvent('CustomerImportWithdrawn', 'importId'),
  ...ofEvent('CustomerPhoneRemoved', 'number'),
  ...ofEvent('CustomerRegistered', 'country firstName language lastName name organisationId plan segment timeZone'),
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
  ...ofEvent('WorkClaimed', 'work'),
  ...ofEvent('WorkReleased', 'work'),
]

function ofEvent(type: string, paths: string): readonly string[] {
  return words(paths).map((path) => `${type}.${path}: by nobody`)
}
