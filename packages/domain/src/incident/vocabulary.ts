import type { z } from 'zod'
import { customerSchema, language } from '../ticket/vocabulary.ts'

/** How bad an incident is; every severity is paged for. */
export const severities = ['critical', 'major'] as const
export type Severity = (typeof severities)[number]

/** Where an incident stands: nobody has taken it on yet, somebody has, it is over, it has been learned from. */
export const incidentStatuses = ['declared', 'acknowledged', 'resolved', 'closed'] as const
export type IncidentStatus = (typeof incidentStatuses)[number]

/** What can fall due on an incident. */
export const incidentDeadlineKinds = [
  'acknowledgement',
  'response',
  'callback',
  'war_room',
  'on_site',
  'update',
  'post_mortem',
] as const
export type IncidentDeadlineKind = (typeof incidentDeadlineKinds)[number]

/** What an incident can be overdue with; a page that nobody answers is followed by the next one instead. */
export const overdueKinds = ['response', 'callback', 'war_room', 'on_site', 'update', 'post_mortem'] as const
export type OverdueKind = (typeof overdueKinds)[number]

/** The limits of what an incident holds; what exceeds them is refused at the edge. */
export const incidentLimits = { customers: 1_000, rota: 50, text: 20_000 } as const

/** A customer whom an incident affects, with the language they are written to in. */
export const affectedCustomerSchema = customerSchema.extend({ language: language.optional() })
export type AffectedCustomer = Readonly<z.infer<typeof affectedCustomerSchema>>
