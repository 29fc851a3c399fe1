import { z } from 'zod'
import { internal, senders } from '../../kernel/command.ts'
import { limits } from '../../kernel/limits.ts'
import { instantSchema } from '../../kernel/time.ts'
import { line, personId, priorities } from '../../kernel/values.ts'
import { personSchema } from '../../person.ts'
import { crewSchema, storedCrewSchema } from '../../shift/plan.ts'
import { candidateLines, whyOffered } from '../candidates.ts'
import { briefingSchema, candidatesShape, policyVersionSchema, ticketStatuses } from '../vocabulary.ts'
import { at, inWords, person, text, ticketCommand, ticketEvent, whileUnsolved } from './definition.ts'
import { briefingLines, personalOfBriefing } from './escalation.ts'

const version = z.int().nonnegative()

/** The events of routing a ticket to an agent, and to the next one at the end of a shift. */
export const routingEvents = {
  /** The ticket is offered to an agent. */
  TicketRouted: ticketEvent({
    description: 'The ticket was offered to an agent.',
    schema: z.object({
      round: z.int().positive(),
      agent: person,
      agentVersion: internal(z.int().nonnegative()),
      strategy: text,
      /** A table as `candidateTable` writes it. */
      candidates: text,
      /**
       * The first of those with the best score, ordered by their last work, the earliest first; without a `lastGivenAt`
       * they never had any.
       */
      equals: z.array(z.object({ agentId: text, lastGivenAt: at.optional() })).optional(),
      /** How many more candidates there were than the table holds. */
      candidatesLeftOut: z.int().positive().optional(),
      /** How many agents were excluded, by the reason. */
      excluded: z.record(text, z.int().nonnegative()),
      policyVersion: text,
    }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { agent: 'agent', candidates: 'agent', 'equals.*.agentId': 'agent' },
    sentence: (event) => ({
      what: `offered to ${inWords(event.agent)}, round ${event.round}`,
      why: whyOffered(event),
      shows: candidateLines(event),
    }),
  }),
  /** The agent could not take the ticket. */
  RoutingDeclined: ticketEvent({
    description: 'The agent did not take the ticket.',
    schema: z.object({
      round: z.int().positive(),
      agent: person,
      /** The version of the agent's stream at that time. */
      agentVersion: internal(z.int().nonnegative()),
      /** The code of a refusal. */
      reason: text,
    }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { agent: 'agent' },
    sentence: ({ round, agent, reason }) => ({ what: `not taken by ${inWords(agent)}, round ${round}`, why: reason }),
  }),
  /** Nobody can take it now; recorded when a ticket begins to wait for an agent, and again when the reason changes. */
  TicketQueued: ticketEvent({
    description: 'No agent could take the ticket, so it was queued.',
    schema: z.object({ reason: text, policyVersion: internal(text) }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: ({ reason }) => ({ what: 'queued: nobody can take it now', why: reason }),
  }),
  /** The crew of its agent has been off shift since `dueAt`: the crew that takes over is offered it first. */
  TicketHandedOver: ticketEvent({
    description: 'The shift of its agent ended. The crew that takes over is offered it first.',
    schema: z.object({
      from: person.describe('The agent who had it.'),
      crew: storedCrewSchema.describe('The crew whose shift ended.'),
      to: storedCrewSchema.describe('The crew that takes over.'),
      reason: internal(z.literal('end_of_shift')),
      dueAt: at.describe('When the shift ended.'),
      briefing: briefingSchema,
    }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { from: 'agent', ...personalOfBriefing },
    sentence: ({ from, crew, to, dueAt, briefing }) => ({
      what: `handed over by ${inWords(from)} of ${crew.name} to ${to.name}`,
      why: `the ${crew.kind === 'centre' ? 'hours of the centre' : 'shift'} ended at ${dueAt}`,
      shows: briefingLines(briefing),
    }),
  }),
} as const

/** The commands of routing a ticket to an agent. */
export const routingCommands = {
  route: ticketCommand({
    description: 'Offers the ticket to an agent, chosen from the candidates; `round` is the next one of the ticket.',
    schema: z.strictObject({
      type: z.literal('route'),
      round: z.int().positive(),
      agent: personSchema,
      /** The version of the agent's stream on which the choice was made. */
      agentVersion: version,
      strategy: line(limits.name),
      ...candidatesShape,
      excluded: z.record(line(limits.name), z.int().nonnegative()),
      policyVersion: policyVersionSchema,
    }),
    sentBy: senders.system,
    addedByDesk: ['agent.name', 'agent.email'],
    lifecycle: whileUnsolved,
  }),
  confirmRouting: ticketCommand({
    description: 'Records that the agent has taken the ticket that this round offered.',
    schema: z.strictObject({ type: z.literal('confirmRouting'), round: z.int().positive() }),
    sentBy: senders.system,
    lifecycle: whileUnsolved,
  }),
  declineRouting: ticketCommand({
    description: 'Records that the agent could not take the ticket that this round offered.',
    schema: z.strictObject({
      type: z.literal('declineRouting'),
      round: z.int().positive(),
      agentVersion: version,
      reason: line(limits.name),
    }),
    sentBy: senders.system,
    lifecycle: whileUnsolved,
  }),
  queue: ticketCommand({
    description: 'Records that nobody can take the ticket now.',
    schema: z.strictObject({ type: z.literal('queue'), reason: line(limits.name), policyVersion: policyVersionSchema }),
    sentBy: senders.system,
    lifecycle: whileUnsolved,
  }),
  handOver: ticketCommand({
    description:
      'Removes the ticket from an agent whose crew has been off shift since `dueAt`, so that the crew that takes over is offered it first.',
    schema: z.strictObject({
      type: z.literal('handOver'),
      from: personId,
      crew: crewSchema,
      to: crewSchema,
      dueAt: instantSchema,
      /** The statuses of the tickets that are handed over. */
      statuses: z.array(z.enum(ticketStatuses)).readonly(),
      priorities: z.array(z.enum(priorities)).readonly(),
    }),
    sentBy: senders.system,
    lifecycle: whileUnsolved,
  }),
} as const
