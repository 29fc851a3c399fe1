import type { GraphQLArgument, GraphQLField, GraphQLNamedType, GraphQLSchema } from 'graphql'
import { getNamedType, isAbstractType, isLeafType, isNonNullType, isObjectType } from 'graphql'

type Field = GraphQLField<unknown, unknown>

function dayBefore(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
}

/** The arguments of fields below the root, by `Type.field`, and those that several fields share, by name. */
const argumentsOfFields: Readonly<Record<string, string>> = {
  'Ticket.slaTargets': 'ended: 100',
  'Ticket.asOf': 'at: "2099-01-01T00:00:00Z"',
  'Agent.timeInAvailability': `from: "${dayBefore(2)}", to: "${dayBefore(0)}"`,
}

/**
 * Writes documents that ask for every field that a type leads to. A ticket leads to other tickets: those are asked for everything that
 * does not lead further.
 */
export type Documents = {
  /** One operation with one root field: `given` are its arguments as in a document; `beyond`: on from its tickets to further ones. */
  operation(kind: 'query' | 'mutation' | 'subscription', field: Field, given: string, beyond: boolean): string
  /** Every field that the documents ask for, by `Type.field`. */
  asked(): ReadonlySet<string>
}

const ticketType = 'Ticket'

/** Writes the documents of a schema. @throws Error for an argument that has no value here. */
export function createDocuments(schema: GraphQLSchema): Documents {
  const asked = new Set<string>()
  const known = new Map<string, boolean>()

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
    const leads = leadsToTicket(type)
    if (!how.all && !leads) return []
    const name = `${alias ? `${parent.name}__${field.name}: ` : ''}${field.name}${argumentsOf(parent, field)}`
    if (isLeafType(type)) {
      asked.add(`${parent.name}.${field.name}`)
      return [name]
    }
    if (type.name === ticketType) {
      if (how.ticket === undefined) return []
      asked.add(`${parent.name}.${field.name}`)
      return [`${name} { ...${how.ticket} }`]
    }
    if (how.all) asked.add(`${parent.name}.${field.name}`)
    return [`${name} { ${selection(type, how, [...path, type.name])} }`]
  }

  const ticket = schema.getType(ticketType)
  if (!isObjectType(ticket)) throw new Error('there are no tickets')
  const plain = `fragment Ticket_ on Ticket { ${selection(ticket, { all: true, ticket: undefined }, [])} }`
  const onward = selection(ticket, { all: false, ticket: 'Ticket_' }, [])
  const further = `fragment TicketAndBeyond on Ticket { ...Ticket_ ${onward} }`

  return {
    operation: (kind, field, given, beyond) => {
      const root = given === '' ? field.name : `${field.name}(${given})`
      const document = `${kind} { ${root} ${inside(getNamedType(field.type), beyond ? 'TicketAndBeyond' : 'Ticket_')} }`
      return `${document} ${!document.includes('...Ticket') ? '' : beyond ? `${plain} ${further}` : plain}`
    },
    asked: () => asked,
  }

  function inside(type: GraphQLNamedType, fragment: string): string {
    if (isLeafType(type)) return ''
    if (type.name === ticketType) return `{ ...${fragment} }`
    if (type.name === 'Node') {
      const how = { all: true, ticket: fragment }
      const others = membersOf(schema, type).filter(({ name }) => name === 'Agent' || name === 'Incident')
      const parts = others.map((member) => {
        const fields = fieldsOf(member).flatMap((field) => selected(member, field, true, how, [member.name]))
        return `... on ${member.name} { ${fields.join(' ')} }`
      })
      return `{ __typename ... on Ticket { ...${fragment} } ${parts.join(' ')} }`
    }
    return `{ ${selection(type, { all: true, ticket: fragment }, [type.name])} }`
  }
}

/** `all` unless only what leads to tickets is asked for; `ticket` is the fragment that those are asked with. */
type How = { readonly all: boolean; readonly ticket: string | undefined }

function membersOf(schema: GraphQLSchema, type: GraphQLNamedType) {
  if (isObjectType(type)) return [type]
  return isAbstractType(type) ? schema.getPossibleTypes(type) : []
}

const fieldsOf = (type: GraphQLNamedType): readonly Field[] =>
  isObjectType(type) ? Object.values(type.getFields()) : []

function argumentsOf(parent: GraphQLNamedType, field: Field): string {
  const given = argumentsOfFields[`${parent.name}.${field.name}`]
  if (given !== undefined) return `(${given})`
  const needed = field.args.filter(isNeeded)
  if (needed.length === 0) return ''
  return `(${needed.map((argument) => `${argument.name}: ${sizeOf(parent, field, argument)}`).join(', ')})`
}

/** Pages want `first` though the schema does not say so. */
const isNeeded = ({ name, type }: GraphQLArgument): boolean => name === 'first' || isNonNullType(type)

function sizeOf(parent: GraphQLNamedType, field: Field, { name }: GraphQLArgument): string {
  if (name === 'first') return '100'
  throw new Error(`the matrix has no value for the argument ${name} of ${parent.name}.${field.name}`)
}
