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
 * entries. A key is the next four bits of the hash, as a letter, or below the last of them the id itself.
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
  return added(messages, message, 0)
}

/** The message of an id, if the ticket holds it. */
export function messageOf(messages: Messages, id: string): KnownMessage | undefined {
  let depth = 0
  let found = messages[keyOf(id, depth)]
  while (found !== undefined && !isMessage(found)) found = found[keyOf(id, ++depth)]
  return found?.id === id ? found : undefined
}

/** Whether a message is the very one that its id is known for: of the same kind and author, and in the same words. */
export function isSame(known: KnownMessage, said: Said): boolean {
  return known.print === printOf(said)
}

function added(messages: Messages, message: KnownMessage, depth: number): Messages {
  const key = keyOf(message.id, depth)
  const there = messages[key]
  if (there === undefined) return { ...messages, [key]: message }
  if (!isMessage(there)) return { ...messages, [key]: added(there, message, depth + 1) }
  if (there.id === message.id) return messages
  return { ...messages, [key]: added(added(noMessages, there, depth + 1), message, depth + 1) }
}

const isMessage = (node: KnownMessage | Messages): node is KnownMessage => typeof node['id'] === 'string'

const printOf = ({ type, by, body }: Said): string => hash128(`${type}\n${by.kind}\n${by.id}\n${body}`).slice(0, 16)

const digits = 8
const letters = 'abcdefghijklmnop'
const keyOf = (id: string, depth: number): string =>
  depth < digits ? letters.charAt((hashOf(id) >>> (4 * depth)) & 0xf) : `=${id}`

/** FNV-1a over the UTF-16 code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash
}
