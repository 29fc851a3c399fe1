import { hash128 } from '../kernel/fingerprint.ts'
import type { Actor } from '../kernel/actor.ts'
import type { IdTrie } from '../kernel/id-trie.ts'
import { itemOf, withItem } from '../kernel/id-trie.ts'
import type { TicketEventData } from './events.ts'

/** A message that a ticket holds: what tells it from another one under its id, and whether customers never see it. */
export type KnownMessage = {
  readonly id: string
  readonly print: string
  readonly internal: boolean
  /** Whether it is one that the ticket's customer wrote. */
  readonly asked: boolean
  /** The status that the desk's reply went on to. */
  readonly then?: AgentReplied['then']
}

type AgentReplied = TicketEventData<'AgentReplied'>

/** The messages of a ticket by id. */
export type Messages = IdTrie<KnownMessage>

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
  return withItem(messages, {
    id: said.messageId,
    print: printOf(said),
    internal: said.type === 'InternalNoteAdded',
    asked: said.type === 'TicketOpened' || said.type === 'CustomerReplied',
    ...(said.then && { then: said.then }),
  })
}

/** The message of an id, if the ticket holds it. */
export const messageOf = (messages: Messages, id: string): KnownMessage | undefined => itemOf(messages, id)

/** Whether a message is the very one that its id is known for: of the same kind and author, and in the same words. */
export function isSame(known: KnownMessage, said: Said): boolean {
  return known.print === printOf(said)
}

const printOf = ({ type, by, body }: Said): string => hash128(`${type}\n${by.kind}\n${by.id}\n${body}`).slice(0, 16)
