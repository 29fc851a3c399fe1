import type { ChatBoard, ChatSettings, RoutedChat } from '@guichet/domain'

/** Who is connected to the desk, as the routing of chats uses it. */
export type Connections = {
  /** Whether somebody without a connection is known to have none: not while messages of other processes may be missing. */
  isKnown(): boolean
  /** For how many milliseconds an agent has had no connection: 0 with one; undefined for one who was never seen. */
  agent(id: string): number | undefined
  /** The same for a customer. */
  customer(id: string): number | undefined
}

/** After how many milliseconds without a connection somebody is gone. */
export const absenceTimes = {
  /** A page that is loaded again, or a short loss of the network, costs no place. */
  customerMs: 15_000,
  agentMs: 60_000,
  /** A sign of life may arrive a little after the event that it caused, such as the acceptance of a chat. */
  signMs: 1_000,
  /** How often connections are read while there are open chats. */
  checkEveryMs: 2_000,
} as const

/** The customers of chats who have gone or come back since their chats recorded it. */
type Changes = { readonly gone: readonly RoutedChat[]; readonly back: readonly RoutedChat[] }

/**
 * Records on a board which agents are connected, and returns the customers who have gone or come back: those who are
 * gone matter while their chats wait. A connection proves that somebody is there; that somebody is gone must be known.
 * Somebody who was never seen, or is no longer remembered, stays what they were. Where connections do not matter,
 * everybody is there.
 */
export function readAbsences(board: ChatBoard, connections: Connections, rule: ChatSettings['presence']): Changes {
  const isKnown = connections.isKnown()
  for (const agentId of board.roster.ids()) {
    const wasGone = !board.roster.isConnected(agentId)
    board.setConnected(agentId, !isGone(connections.agent(agentId), absenceTimes.agentMs, { rule, isKnown, wasGone }))
  }
  const gone: RoutedChat[] = []
  const back: RoutedChat[] = []
  for (const routed of board.chats()) {
    const { status, disconnectedAt } = routed.chat
    const wasGone = disconnectedAt !== undefined
    if (status !== 'waiting' && !wasGone) continue
    const absentMs = absenceOf(routed.chat, connections)
    const isAway = isGone(absentMs, absenceTimes.customerMs, { rule, isKnown, wasGone })
    if (isAway && !wasGone) gone.push(routed)
    if (!isAway && wasGone) back.push(routed)
  }
  return { gone, back }
}

/** Whether an agent is offered nothing because they have no connection. */
export const isAgentGone = (id: string, connections: Connections, rule: ChatSettings['presence']): boolean =>
  isGone(connections.agent(id), absenceTimes.agentMs, { rule, isKnown: connections.isKnown(), wasGone: false })

function isGone(
  absentMs: number | undefined,
  afterMs: number,
  {
    rule,
    isKnown,
    wasGone,
  }: { readonly rule: ChatSettings['presence']; readonly isKnown: boolean; readonly wasGone: boolean },
): boolean {
  if (rule === 'ignored' || (absentMs !== undefined && absentMs < afterMs)) return false
  return wasGone || (isKnown && (absentMs !== undefined || rule === 'required'))
}

/** A chat whose customer was merged belongs to who survives too: the one of them who was there last counts. */
function absenceOf({ customer, actingCustomer }: RoutedChat['chat'], connections: Connections): number | undefined {
  const ofOwn = connections.customer(customer.id)
  const ofActing = actingCustomer === undefined ? undefined : connections.customer(actingCustomer)
  return ofOwn === undefined || ofActing === undefined ? (ofOwn ?? ofActing) : Math.min(ofOwn, ofActing)
}
