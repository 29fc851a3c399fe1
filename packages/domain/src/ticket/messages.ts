import { hash128 } from '../kernel/fingerprint.ts'
import type { Actor } from '../kernel/actor.ts'
import type { TicketEventData } from './events.ts'

/** A message that a ticket holds: what tells it from another one under its id, and whether customers never see it. */
export type KnownMessage = {
  readonly id: string
  readonly print: string
  readonly internal: boolean
  /** The status that the desk's reply went on to. */
  readonly then?: AgentReplied['then']
}

type AgentReplied = TicketEventData<'AgentReplied'>

/**
 * The messages of a ticket by id, as a trie of hashed ids: plain data, of which adding one of many thousands copies a few
 * entries. A key is the next digit of the id's hash, or below the last of them the id itself.
 */
export type Messages = { readonly [key: string]: KnownMessage | Messages }

export const noMessages: Messages = {}

/** A message that is known by an id under which it can be attached to; the kind is the type of its event. */
export type Said = {
  readonly type: string
  readonly by: Actor
  readonly messageId: string
  readonly body: string
  readonly then?: AgentReplied['then']
}

/** The messages and one more; an id that is known already keeps the message it stands for. */
export function withMessage(messages: Messages, said: Said): Messages {
  const message: KnownMessage = {
    id: said.messageId,
    print: printOf(said),
    internal: said.type === 'InternalNoteAdded',
    ...(said.then && { then: said.then }),
  }
  return added(messages, message, hash128(message.id), 0)
}

/** The message of an id, if the ticket holds it. */
export function messageOf(messages: Messages, id: string): KnownMessage | undefined {
  const hash = hash128(id)
  let depth = 0
  let found = messages[keyOf(id, hash, depth)]
  while (found !== undefined && !isMessage(found)) found = found[keyOf(id, hash, ++depth)]
  return found?.id === id ? found : undefined
}

/** Whether a message is the very one that its id is known for: of the same kind and author, and in the same words. */
export function isSame(known: KnownMessage, said: Said): boolean {
  return known.print === printOf(said)
}

function added(messages: Messages, message: KnownMessage, hash: string, depth: number): Messages {
  const key = keyOf(message.id, hash, depth)
  const there = messages[key]
  if (there === undefined) return { ...messages, [key]: message }
  if (!isMessage(there)) return { ...messages, [key]: added(there, message, hash, depth + 1) }
  if (there.id === message.id) return messages
  const apart = added(noMessages, there, hash128(there.id), depth + 1)
  return { ...messages, [key]: added(apart, message, hash, depth + 1) }
}

const isMessage = (node: KnownMessage | Messages): node is KnownMessage => typeof node['id'] === 'string'

const printOf = ({ type, by, body }: Said): string => hash128(`${type}\n${by.kind}\n${by.id}\n${body}`).slice(0, 16)

const keyOf = (id: string, hash: string, depth: number): string => hash.charAt(depth) || `=${id}`
