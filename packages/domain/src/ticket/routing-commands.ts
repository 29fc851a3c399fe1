import { z } from 'zod'
import { instantSchema } from '../kernel/instant.ts'
import { crewSchema } from '../shift/crew.ts'
import { candidatesShape, limits, line, personId, personSchema, priorities, ticketStatuses } from './vocabulary.ts'

const version = z.int().nonnegative()

/** The commands by which a ticket finds its agent, with the limits that apply at the edge. */
export const routingCommandSchemas = {
  /** Offers the ticket to an agent, chosen as the candidates tell; `round` is the next one of the ticket. */
  route: z.strictObject({
    type: z.literal('route'),
    round: z.int().positive(),
    agent: personSchema,
    /** The version of the agent's stream that the choice was made on. */
    agentVersion: version,
    strategy: line(limits.name),
    ...candidatesShape,
    excluded: z.record(line(limits.name), z.int().nonnegative()),
    policyVersion: line(limits.name),
  }),
  /** The agent has taken the ticket that this round offered. */
  confirmRouting: z.strictObject({ type: z.literal('confirmRouting'), round: z.int().positive() }),
  /** The agent could not take the ticket that this round offered. */
  declineRouting: z.strictObject({
    type: z.literal('declineRouting'),
    round: z.int().positive(),
    agentVersion: version,
    reason: line(limits.name),
  }),
  /** Nobody can take the ticket now. */
  queue: z.strictObject({ type: z.literal('queue'), reason: line(limits.name), policyVersion: line(limits.name) }),
  /** Takes the ticket off an agent whose crew is not on shift any more since `dueAt`, so that those who take over are offered it first. */
  handOver: z.strictObject({
    type: z.literal('handOver'),
    from: personId,
    crew: crewSchema,
    to: crewSchema,
    dueAt: instantSchema,
    /** Which tickets are handed over. */
    statuses: z.array(z.enum(ticketStatuses)).readonly(),
    priorities: z.array(z.enum(priorities)).readonly(),
  }),
} as const
