import { z } from 'zod'
import { hash128 } from '../kernel/fingerprint.ts'
import { instantSchema } from '../kernel/instant.ts'
import { id, limits } from './vocabulary.ts'

const stretches = z.array(z.strictObject({ from: instantSchema, to: instantSchema })).max(limits.pauses)

/** The message of another ticket that a ticket is split off with. */
export const splitFromSchema = z.strictObject({
  ticketId: id,
  messageId: id,
  /** Since when the customer waits for an answer to it; not later than the opening. */
  waitingSince: instantSchema,
  /** What the clocks have not counted since then. */
  pauses: stretches.optional(),
  /** What of that the time to an answer has not counted, and targets that run on in a wait for the customer do not; all of it without the list. */
  responsePauses: stretches.optional(),
})

/** The id of the ticket that a message goes on as, by the command that splits it off. */
export const splitTicketId = (source: string, commandId: string): string =>
  `split-${hash128(`${source}\n${commandId}`)}`

/** Whether a ticket of this id can only be one that was split off: nobody else may open it before. */
export const isSplitTicketId = (ticketId: string): boolean => /^split-[0-9a-f]{32}$/.test(ticketId)
