import type { Desk, Instant, Position, TicketCommandInput, TicketPolicy } from '@guichet/domain'
import { hours, later, minutes } from '@guichet/domain'
import { caughtUp } from '../engine/caught-up.ts'
import type { Engine } from '../engine/engine.ts'
import { isMadeUp } from '../serving/sample.ts'
import { categoryAt } from '../simulate/category-at.ts'
import { customer } from '../simulate/customers.ts'
import { phrases } from '../simulate/phrases/phrases.ts'
import { agents } from '../simulate/roster.ts'

/** A made-up ticket on which something falls due. */
type Case = {
  readonly dueIn: number
  readonly priority: 'normal' | 'urgent'
  /** How long something has to go on until it is due. */
  readonly after: (policy: TicketPolicy) => number
  /** What begins then; opening an urgent ticket does. */
  readonly begins?: TicketCommandInput
}

const reply = (body: string, then: 'waiting_customer' | 'resolved'): TicketCommandInput => ({
  type: 'agentReply',
  body,
  then,
})

const cases: readonly Case[] = [
  {
    dueIn: minutes(3),
    priority: 'normal',
    after: ({ closeResolvedAfter }) => closeResolvedAfter,
    begins: reply('It works again: please sign in once more.', 'resolved'),
  },
  {
    dueIn: minutes(14),
    priority: 'normal',
    after: ({ chaseAfter }) => chaseAfter[0] ?? 0,
    begins: reply('Which browser do you use?', 'waiting_customer'),
  },
  { dueIn: minutes(26), priority: 'urgent', after: ({ urgentUpdateEvery }) => urgentUpdateEvery },
  {
    dueIn: minutes(48),
    priority: 'normal',
    after: ({ stagnationAfter }) => stagnationAfter,
    begins: { type: 'start' },
  },
]

/**
 * Sees to it that something falls due within the hour on a made-up desk, so that there is something to see: adds a few
 * tickets where nearly nothing does. Any other desk is left alone.
 * @returns how many it has added.
 */
export async function addDueSoon(
  { desk, readModels, runner }: Pick<Engine, 'desk' | 'readModels' | 'runner'>,
  now: Instant,
  signal: AbortSignal,
): Promise<number> {
  if (!(await isMadeUp(desk))) return 0
  const due = await readModels.deadlines.dueBefore(later(now, hours(1)), cases.length)
  if (due.length >= cases.length - 1) return 0
  let position: Position | undefined
  for (const [number, one] of cases.entries()) position = await open(desk, now, number, one)
  await caughtUp(runner, { position, signal })
  return cases.length
}

async function open(desk: Desk, now: Instant, number: number, { dueIn, priority, after, begins }: Case) {
  const writer = customer('due soon', number + 2)
  const { id, name, firstName, email, language } = writer
  const problems = phrases[language].problems
  const problem = problems[number % problems.length] ?? problems[0]
  const agent = agents[number % agents.length] ?? agents[0]
  const beginning = later(now, dueIn - after(desk.policy))
  const openedAt = begins ? later(beginning, -minutes(35)) : beginning
  const opening: TicketCommandInput = {
    type: 'open',
    subject: problem.subject,
    body: problem.question,
    customer: { id, name, firstName, email },
    priority,
    language,
    ...categoryAt(desk.policy, problem),
  }
  const byWriter = { kind: 'customer', id, name } as const
  const byAgent = { kind: 'agent', id: agent.id, name: agent.name } as const
  const ticketId = `soon-${now.replaceAll(/\D/g, '').slice(0, 12)}-${number + 1}`
  const outcome = await desk.executeTogether(
    'ticket',
    ticketId,
    [
      { command: opening, by: byWriter, at: openedAt },
      ...(begins ? [{ command: begins, by: byAgent, at: beginning }] : []),
    ],
    { commandId: ticketId, at: openedAt, by: byWriter },
  )
  if (!outcome.ok) throw new Error(`the desk refuses a made-up ticket: ${outcome.refusal.message}`)
  return outcome.value.position
}
