import type { DefinedAggregate } from '../kernel/aggregate.ts'
import type { CommandDefinition, CommandInput } from '../kernel/command.ts'
import type { EventCatalogue, EventDefinition, EventOf } from '../kernel/event.ts'
import type { Result } from '../kernel/refusal.ts'
import { acceptChat, reopenChat, sendChatTranscript, settleChats, startChat } from './chats.ts'
import { settleIdentities } from './claim-identities.ts'
import type { VisitorClaim } from './claim-visitor.ts'
import { claimVisitor, settleVisitors } from './claim-visitor.ts'
import { completeConversions, convertChat } from './convert-chat.ts'
import { identifyCustomer, mergeCustomers, settleCustomerMerges, splitCustomer } from './customers.ts'
import { declareIncident, openIncidentTickets } from './incidents.ts'
import { completeMerges, mergeTickets } from './merge-tickets.ts'
import { openDraft, openDraftTickets } from './open-draft.ts'
import type { OwnAggregates } from './own-aggregates.ts'
import type { IdentifiedSender, Sender, StreamDesk, Streams } from './port.ts'
import type { Completion } from './process.ts'
import { completeSplits, splitTicket } from './split-ticket.ts'

/**
 * The processes over several streams, as methods of a desk. The first command of each is its sender's; the further steps
 * are the engine's, and change nothing when they are repeated, mostly under ids derived from the sender's (`stepOf`): so a
 * repeat, or its completion below, carries out what a crash has left, and nothing twice.
 * @param identified checks a sender, who gets a command id.
 */
export function processesOf(
  desk: StreamDesk,
  identified: (sender: Sender | undefined) => Promise<Result<IdentifiedSender>>,
) {
  const carryOut = async <R>(
    sender: Sender,
    process: (sender: IdentifiedSender) => Promise<Result<R>>,
  ): Promise<Result<R>> => {
    const checked = await identified(sender)
    return checked.ok ? process(checked.value) : checked
  }
  const unary =
    <A, R>(process: (desk: StreamDesk, input: A, sender: IdentifiedSender) => Promise<Result<R>>) =>
    (input: A, sender: Sender): Promise<Result<R>> =>
      carryOut(sender, (checked) => process(desk, input, checked))
  const binary =
    <A, B, R>(process: (desk: StreamDesk, first: A, second: B, sender: IdentifiedSender) => Promise<Result<R>>) =>
    (first: A, second: B, sender: Sender): Promise<Result<R>> =>
      carryOut(sender, (checked) => process(desk, first, second, checked))
  return {
    /**
     * Merges one ticket into another of the same customer; a repeat with the same command id completes the merge. The
     * sender's `expectedVersion` is that of the source.
     */
    mergeTickets: binary(mergeTickets),
    /**
     * Splits a message of a ticket's customer off as a ticket of its own and returns that one. A repeat completes the
     * split.
     */
    splitTicket: unary(splitTicket),
    /** Starts a chat, or returns the one that its customer has. */
    startChat: binary(startChat),
    /** Accepts a chat for the agent who sends it, with one of their places. */
    acceptChat: unary(acceptChat),
    /** Reopens a chat, unless its customer has another one. */
    reopenChat: unary(reopenChat),
    /** Sends the transcript of a chat to the e-mail address of its customer. */
    sendChatTranscript: unary(sendChatTranscript),
    /** Turns a chat into a ticket with its transcript. A repeat completes it. */
    convertChat: binary(convertChat),
    /** Finds the customer that an identity leads to, or registers one. */
    identifyCustomer: binary(identifyCustomer),
    /**
     * Merges a customer into another one, who survives; a repeat with the same command id completes the merge. Returns the
     * one who survives.
     */
    mergeCustomers: binary(mergeCustomers),
    /** Takes the merge of a customer back, and returns them. A repeat completes the split. */
    splitCustomer: unary(splitCustomer),
    /** Declares an incident with its urgent ticket. A repeat completes it. */
    declareIncident: binary(declareIncident),
    /** Opens a draft of a customer as a ticket. A repeat completes it. */
    openDraft: binary(openDraft),
    /** Attaches the chats of a visitor to the customer whom they have proved to be. */
    claimVisitor: (visitorId: string, claim: VisitorClaim) => claimVisitor(desk, visitorId, claim),
  }
}

/** What completes the processes whose senders died on the way. */
export const completions: readonly Completion[] = [
  completeMerges,
  completeSplits,
  openIncidentTickets,
  openDraftTickets,
  settleChats,
  completeConversions,
  settleIdentities,
  settleCustomerMerges,
  settleVisitors,
]

/** The way into Guichet: commands in, outcomes out. */
export type Desk = StreamDesk & ReturnType<typeof processesOf> & { readonly engine: Desk }

type StreamsOf<A> =
  A extends DefinedAggregate<
    infer D extends Readonly<Record<string, CommandDefinition>>,
    infer V extends Readonly<Record<string, EventDefinition & { readonly schemaVersion: number }>>,
    infer S
  >
    ? { readonly command: CommandInput<D>; readonly event: EventOf<V>; readonly state: S }
    : never

type OwnStreams<O extends OwnAggregates> = { readonly [K in keyof O & string]: StreamsOf<O[K]> }

/** A desk that has aggregates of your own beside the product's. */
export type DeskWith<O extends OwnAggregates> = Desk &
  Streams<OwnStreams<O>> & { readonly engine: Desk & Streams<OwnStreams<O>> }

type EventTypeIn<A> = A extends { readonly events: infer V } ? keyof V & string : never

type EventIn<A, T> = A extends { readonly events: infer V extends EventCatalogue } ? EventOf<V, T & keyof V> : never

/** The types of the events of aggregates of your own. */
export type OwnEventType<O extends OwnAggregates> = EventTypeIn<O[keyof O]>

/** The events of these types of aggregates of your own. */
export type OwnEventOf<O extends OwnAggregates, T extends string> = EventIn<O[keyof O], T>
