type NodeName = { readonly typename: string; readonly id: string }

/** What is a node besides tickets. */
const nodeTypes: ReadonlySet<string> = new Set([
  'Agent',
  'AuditEntry',
  'Configuration',
  'Escalation',
  'Incident',
  'IncidentHappening',
  'Message',
  'Notification',
  'QueuedTicket',
  'SlaTargetRecord',
  'Team',
])

/** No ticket has an empty id. */
const noNode: NodeName = { typename: 'Ticket', id: '' }

/** No id of a ticket holds it. */
const separator = '~'

/**
 * The id of a node. A ticket has the desk's own, which commands, the command line and the audit trail name it by; what else is a node has
 * its type before its own.
 */
export const globalId = (typename: string, id: string): string =>
  typename === 'Ticket' ? id : `${typename}${separator}${id}`

/** What an id names: a ticket, unless it says otherwise. */
export function readGlobalId(text: string): NodeName {
  if (text.includes('\0')) return noNode
  const at = text.indexOf(separator)
  if (at < 0) return { typename: 'Ticket', id: text }
  const typename = text.slice(0, at)
  return nodeTypes.has(typename) ? { typename, id: text.slice(at + 1) } : noNode
}

/** Makes one own id of several. */
export const joinIds = (...ids: readonly (string | number)[]): string => ids.join(separator)

/** What `joinIds` was given. */
export const splitIds = (id: string): readonly string[] => id.split(separator)

/** The own id of something of a type, given as that or as the id of its node. */
export function ownIdOf(typename: string, given: string): string {
  const named = readGlobalId(given)
  return named.typename === typename ? named.id : given
}
