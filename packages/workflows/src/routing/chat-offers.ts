import { randomUUID } from 'node:crypto'
import type {
  AgentState,
  ChatBoard,
  ChatCommandInput,
  Colleague,
  Desk,
  Refusal,
  RoutedChat,
  RoutingTerms,
} from '@guichet/domain'
import { chatActor, chatNoticesOf, engineCommandId, isTransient, settleChat, streamName } from '@guichet/domain'

/** What the steps of routing chats work on: the desk decides, the board receives the outcome. */
type ChatSteps = { readonly desk: Desk; readonly board: ChatBoard }

/** Updates the board with a chat as its stream is. Returns its version: the next step must not decide on an older state. */
export async function refreshChat({ desk, board }: ChatSteps, id: string): Promise<number> {
  const { version, state } = await desk.read('chat', id)
  board.updateChat(id, state)
  return version
}

async function refreshAgent({ desk, board }: ChatSteps, id: string): Promise<AgentState> {
  const { version, state } = await desk.read('agent', id)
  board.roster.update(id, version, state)
  return state
}

/**
 * Sends commands to a chat as one, under an id that is the same for the same step, unless anything has happened in it
 * since.
 * @returns the version of the chat that must be known before its next step.
 * @throws Error when they are refused and the chat has not changed: then that is not the reason.
 */
export async function stepChat(
  steps: ChatSteps,
  { id, chat }: RoutedChat,
  commands: ChatCommandInput | readonly [ChatCommandInput, ...ChatCommandInput[]],
  ...step: readonly string[]
): Promise<number> {
  const sender = {
    by: chatActor,
    commandId: engineCommandId('chat', id, ...step),
    expectedVersion: chat.version,
  }
  const outcome = await steps.desk.engine.executeTogether(
    'chat',
    id,
    [commands].flat().map((command) => ({ command })),
    sender,
  )
  const version = await refreshChat(steps, id)
  if (outcome.ok || version > chat.version) return version
  throw asError(outcome.refusal)
}

/** Offers a chat to an agent, and takes the place for the offer. A round that was decided already is left as it is. */
export async function offerChat(
  steps: ChatSteps,
  routed: RoutedChat,
  { id: agentId, version: agentVersion, agent: { profile } }: Colleague,
): Promise<number> {
  const round = routed.chat.offers + 1
  const agent = { id: agentId, name: profile.name }
  await stepChat(steps, routed, { type: 'offer', round, agent, agentVersion }, 'offer', String(round))
  return claimOffered(steps, routed.id)
}

/**
 * Takes the place for the open offer of a chat, of this router or of another one before a crash; or withdraws the offer
 * when the agent has no place.
 * @returns the version of the chat that must be known before its next step.
 */
export async function claimOffered(steps: ChatSteps, id: string): Promise<number> {
  const { version: chatVersion, state } = await steps.desk.read('chat', id)
  if (state.status === 'absent' || !state.offer) return refreshChat(steps, id)
  const { round, version, agent } = state.offer
  const claim = { type: 'claim', work: streamName('chat', id), channel: 'chat', version, round } as const
  const claimed = await steps.desk.engine.execute('agent', agent.id, claim, { by: chatActor })
  await refreshAgent(steps, agent.id)
  if (claimed.ok) return refreshChat(steps, id)
  if (isTransient(claimed.refusal)) throw asError(claimed.refusal)
  return withdrawOffer(steps, { id, chat: { ...state, version: chatVersion } }, claimed.refusal.code)
}

/** Puts a chat back into the queue whose agent is gone, with a notice for its customer. */
export function requeueChat(steps: ChatSteps, routed: RoutedChat, terms: RoutingTerms): Promise<number> {
  const { chat } = routed
  const body = chatNoticesOf(terms, chat.language).requeued
  const step = ['requeue', String(chat.version)] as const
  return stepChat(
    steps,
    routed,
    [
      { type: 'requeue', reason: 'the agent is gone' },
      { type: 'send', kind: 'system', messageId: randomUUID(), body },
    ],
    ...step,
  )
}

/** Withdraws the open offer of a chat. */
export function withdrawOffer(steps: ChatSteps, routed: RoutedChat, reason: string): Promise<number> {
  const round = routed.chat.offers
  return stepChat(steps, routed, { type: 'withdrawOffer', round, reason }, 'withdraw', String(round))
}

/**
 * Gives back the places that a chat takes of agents who do not have it.
 * @returns the version of the chat that must be known before its next step.
 */
export async function settlePlaces(steps: ChatSteps, id: string, agents: readonly string[]): Promise<number> {
  await settleChat(steps.desk, id, agents)
  for (const agentId of agents) await refreshAgent(steps, agentId)
  return refreshChat(steps, id)
}

const asError = ({ code, message }: Refusal): Error => new Error(`${code}: ${message}`)
