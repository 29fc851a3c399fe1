import type { GraphQLArgument, GraphQLField, GraphQLNamedType, GraphQLSchema } from 'graphql'
import {
  getNamedType,
  isAbstractType,
  isLeafType,
  isNonNullType,
  isObjectType,
  parseValue,
  valueFromASTUntyped,
} from 'graphql'

type Field = GraphQLField<unknown, unknown>

function dayBefore(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
}

/** The arguments of fields below the root, by `Type.field`. */
const argumentsOfFields: Readonly<Record<string, string>> = {
  'ArticleTranslation.comparison': 'from: 1',
  'ChatReport.groups': 'by: AGENT',
  'Message.translation': 'to: "fr"',
  'ChatMessage.translation': 'to: "fr"',
  'Ticket.slaTargets': 'first: 20',
  'Chat.targets': 'first: 20',
  'Ticket.asOf': 'at: "2099-01-01T00:00:00Z"',
  'Chat.asOf': 'at: "2099-01-01T00:00:00Z"',
  'ChatEvent.text': 'language: "fr"',
  'Agent.timeInAvailability': `from: "${dayBefore(2)}", to: "${dayBefore(0)}"`,
}

type Kind = 'query' | 'mutation' | 'subscription'

/** What a document selects: every field; further tickets too; every field but the lists of tickets and chats. */
export type Extent = 'full' | 'beyond' | 'withoutLists'

/** A document, and the values of its variables. */
export type WrittenDocument = { readonly query: string; readonly variables: Readonly<Record<string, unknown>> }

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
  operation(kind: Kind, field: Field, given: string, extent: Extent): WrittenDocument
  /** The fields that the documents have selected, by `Type.field`. */
  queried(): ReadonlySet<string>
}

const ticketType = 'Ticket'

/** The types whose lists, such as their history, a document without lists leaves out. */
const listed: ReadonlySet<string> = new Set([ticketType, 'Chat'])

/**
 * Fields that are selected of an object itself alone, or of a list of such objects, since they would repeat much in
 * each event of it and in each row of other lists.
 */
const ofItselfAlone: ReadonlySet<string> = new Set(['Chat.customerRecord', 'Chat.liveData', 'Draft.likelyIncident'])

/**
 * The fields that are selected of an object where another one leads to it: who may see its others is asked where it is
 * queried itself, and to repeat all of them in each row of so many lists takes half of the time of the matrix.
 */
const inBrief: Readonly<Record<string, string>> = {
  'ArticleAnswer.article': 'id status',
  'ArticleEdge.node': 'id status',
  'ContextualHelp.articles': 'id status',
  'ConversationArticle.article': 'id status',
  'ArticleHit.article': 'id status',
  'ArticleSuggestion.article': 'id status',
  'BrokenArticleLink.article': 'id status',
  'Article.related': 'id status',
  'Article.relatedArticles': 'id status',
  'Article.replacedBy': 'id status',
  'ArticleCategory.children': 'id order',
  'ArticleCategory.parent': 'id order',
  'ArticleCategory.relatedCategories': 'id order',
  'AtRisk.customer': 'id name',
  'AtRisk.organisation': 'id name',
  'Draft.customer': 'id name',
  'Draft.similarTickets': 'id subject',
  'Draft.suggestedArticles': 'id status',
  'Draft.ticket': 'id subject',
  'LikelyIncident.incident': 'id title',
  'Ticket.draft': 'id subject body',
  'VideoTutorial.article': 'id status',
}

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
    if (ofItselfAlone.has(`${parent.name}.${field.name}`) && !path[0]?.startsWith(parent.name)) return []
    const leads = leadsToTicket(type)
    if (!how.all && !leads) return []
    if (how.withoutLists && listed.has(parent.name) && type.name.endsWith('Connection')) return []
    const name = `${alias ? `${parent.name}__${field.name}: ` : ''}${field.name}${argumentsOf(parent, field)}`
    if (isLeafType(type)) {
      queried.add(`${parent.name}.${field.name}`)
      return [name]
    }
    const brief = inBrief[`${parent.name}.${field.name}`]
    if (brief !== undefined) {
      queried.add(`${parent.name}.${field.name}`)
      return [`${name} { __typename ${brief} }`]
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
  const plain = `fragment Ticket_ on Ticket { ${selection(ticket, { all: true, ticket: undefined }, [ticketType])} }`
  const brief = `fragment TicketWithoutLists on Ticket { ${selection(ticket, { all: true, ticket: undefined, withoutLists: true }, [ticketType])} }`
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
      const others = membersOf(schema, type).filter(({ name }) =>
        /^(Agent|Incident|Chat|ChatMessage|Draft)$/.test(name),
      )
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
