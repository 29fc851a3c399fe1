import { days } from '../../kernel/instant.ts'
import { slaPolicySchema } from '../../sla/settings.ts'
import { defaultTicketPolicy } from '../policy.ts'

/** Policies that take turns within one life; the first one more often. */
export const policies = [[days(3), days(5)], [days(3)], [], [days(1), days(2), days(4), days(6)]].map((chaseAfter) => ({
  ...defaultTicketPolicy,
  chaseAfter,
}))

const promises = [
  {
    name: 'premium',
    applies: { plans: ['premium'] },
    firstResponse: '1h',
    nextResponse: '30m',
    resolution: '5h',
    update: '3h',
  },
  { name: 'urgent', applies: { priorities: ['urgent'] }, firstResponse: '2h', resolution: '1d', update: '2h' },
  { name: 'patient', applies: { priorities: ['low'] }, firstResponse: '8h', escalateAfter: '2h' },
  {
    name: 'standard',
    firstResponse: '8h',
    nextResponse: '1d',
    resolution: '1d',
    update: '12h',
    escalateAfter: '2d',
    escalateToLevel: 2 as const,
  },
].map((row) => slaPolicySchema.parse(row))

/** A policy that promises something on most tickets. */
export const keepingPromises = { ...defaultTicketPolicy, serviceLevels: { policies: promises, calendars: {} } }
