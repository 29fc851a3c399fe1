import { z } from 'zod'
import { storedInstantSchema } from '../kernel/instant.ts'
import { openSlaStates, slaTargets } from '../sla/target-clock.ts'
import { priorities } from './vocabulary.ts'

const text = z.string()
const at = storedInstantSchema

/** How many escalations and related tickets a briefing names: the latest. */
export const briefingLimits = { earlier: 10, related: 20 } as const

const by = z.object({ kind: z.enum(['customer', 'agent', 'system']), id: text, name: text.optional() })

/** An escalation as a later one tells of it. */
const pastEscalation = z.object({ at, by, team: text.optional(), level: z.int(), reason: text })
export type PastEscalation = Readonly<z.infer<typeof pastEscalation>>

/** What an expert is told who has never seen the ticket (000, `prepareBriefing`). */
export const briefingSchema = z.object({
  customerId: text,
  plan: text.optional(),
  subject: text,
  category: text.optional(),
  priority: z.enum(priorities),
  openedAt: at,
  reopenings: z.int().nonnegative(),
  /** What the desk has said, the latest last; `triedBefore` counts what came before the first of these. */
  tried: z.array(z.object({ at, by, kind: z.enum(['reply', 'note']), line: text })),
  triedBefore: z.int().nonnegative(),
  /**
   * The SLA targets that run; a paused one has no due instant, and a breached one keeps the one that it missed. Old briefings name
   * the state in lower case.
   */
  targets: z.array(
    z.object({
      target: z.enum(slaTargets),
      cycle: z.int().positive(),
      state: z.string().toUpperCase().pipe(z.enum(openSlaStates)),
      dueAt: at.optional(),
    }),
  ),
  /** The ticket that it was split off, linked ones, those merged into it, and those that its messages went on as. */
  related: z.array(z.object({ ticketId: text, relation: text })),
  /** The escalations before this one, the latest last. */
  earlier: z.array(pastEscalation),
})

export type Briefing = Readonly<z.infer<typeof briefingSchema>>
