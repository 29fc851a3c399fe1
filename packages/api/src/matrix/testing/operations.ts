import type { GraphQLField, GraphQLInputType, GraphQLSchema } from 'graphql'
import { getNamedType, getNullableType, isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql'
import type { Belongings, SeededDesk } from './seeded-desk.ts'

type Field = GraphQLField<unknown, unknown>

/** Something that belongs to nobody. */
export const nobodys: Belongings = {
  ticket: 'ticket-of-nobody',
  merged: 'merged-of-nobody',
  incident: 'incident-of-nobody',
}

/** The arguments of root fields; the others take what their types say. */
const argumentsOfRoots: Readonly<Record<string, (of: Belongings, desk: SeededDesk) => readonly string[]>> = {
  node: ({ ticket, incident }, { agent }) =>
    [ticket, `Incident~${incident}`, `Agent~${agent}`].map((id) => `id: "${id}"`),
  nodes: ({ ticket, merged }) => [`ids: ["${ticket}", "${merged}"]`],
  ticket: ({ ticket, merged }) => [`id: "${ticket}"`, `id: "${merged}"`],
  audit: () => ['first: 100', 'last: 100', ...audited.map((stream) => `first: 100, filter: { stream: "${stream}" }`)],
  tickets: () => ['first: 50', 'last: 50, orderBy: { by: UPDATED_AT }'],
  incident: ({ incident }) => [`id: "${incident}"`],
  agent: (_, { agent }) => [`id: "${agent}"`, 'id: "bob"'],
  deadlines: () => ['first: 100, dueBefore: "2099-01-01T00:00:00Z"'],
  dailyReport: () => [`first: "${day(-1)}", last: "${day(0)}"`],
  configuration: () => ['', 'version: 1'],
  slaDashboard: () => ['by: TEAM', 'by: POLICY'],
  ticketChanged: ({ ticket }, { beginning }) => [`id: "${ticket}", after: "${beginning}"`],
  inboxReceived: (_, { beginning }) => [`after: "${beginning}"`],
}

/** The streams of which the audit is read as a whole. */
const audited = [
  'agent-ana',
  'agent-bob',
  'shift-desk',
  'configuration-desk',
  ...['zoe', 'max'].flatMap((owner) => [
    `ticket-ticket-of-${owner}`,
    `ticket-merged-of-${owner}`,
    `incident-incident-of-${owner}`,
  ]),
]

/** The day so many days from now. What the seeded desk did within hours may have been yesterday. */
const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

/** The arguments of a root field, as a document has them, that name what belongs to somebody. @throws Error for a required argument that has no value here. */
export const callsOf = (field: Field, of: Belongings, desk: SeededDesk): readonly string[] =>
  argumentsOfRoots[field.name]?.(of, desk) ?? [usual(field)]

function usual({ name, args }: Field): string {
  if (args.some((argument) => argument.name === 'first')) return 'first: 100'
  const missing = args.find(({ type }) => isNonNullType(type))
  if (missing) throw new Error(`the matrix has no value for the argument ${missing.name} of ${name}`)
  return ''
}

/** The input of a mutation as a document has it: each id names something of somebody's, whatever else is needed has a value. */
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

/** What the ids of inputs name; one that is none of these fails the matrix. */
function idOf(name: string, path: string, { of, desk, commandId }: Values): string {
  if (name === 'commandId') return commandId
  if (/^(ticketId|source)$/.test(name)) return of.ticket
  if (/^(to|into|target)$/.test(name)) return of.merged
  if (name === 'incidentId') return of.incident
  if (name === 'agentId') return desk.agent
  if (/^(messageId|attachmentId)$/.test(name)) return `${commandId}-${name}`
  if (/^(id|watcherId|assigneeId|customerId)$/.test(name)) return desk.agent
  throw new Error(`the matrix has no value for ${path}: does it name something that belongs to somebody?`)
}

/** What may be left out, and is given all the same: ids that name something, and the reasons that agents owe. */
const telling = /^(ticketId|incidentId|messageId|reason)$/

function literal(type: GraphQLInputType, path: string, values: Values): string {
  const named = getNamedType(type)
  const one = (): string => {
    if (named.name === 'ID') return `"${idOf(path.split('.').at(-1) ?? '', path, values)}"`
    if (isEnumType(named)) return named.getValues()[0]?.name ?? ''
    if (!isInputObjectType(named)) return samples[named.name] ?? missing(named.name)
    const given = Object.values(named.getFields()).filter(
      ({ name, type: own }) => isNonNullType(own) || (telling.test(name) && !values.leftOut.includes(name)),
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
}

function missing(type: string): never {
  throw new Error(`the matrix has no value for the scalar ${type}`)
}

/** A value for a condition of the filter of tickets. */
export function filterOf(schema: GraphQLSchema, name: string, desk: SeededDesk): string {
  const filter = schema.getType('TicketFilter')
  const field = isInputObjectType(filter) ? filter.getFields()[name] : undefined
  if (!field) throw new Error(`no condition is called ${name}`)
  return literal(field.type, name, { of: nobodys, desk, commandId: 'none', leftOut: [] })
}

/** The root fields of a kind. */
export function rootsOf(schema: GraphQLSchema, kind: 'Query' | 'Mutation' | 'Subscription'): readonly Field[] {
  const type = schema.getType(kind)
  return type && 'getFields' in type ? (Object.values(type.getFields()) as Field[]) : []
}
