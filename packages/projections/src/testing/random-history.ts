import fc from 'fast-check'
import type { Actor, Availability, Configuration, Desk, Instant } from '@guichet/domain'
import {
  availabilities,
  configurationSchema,
  createDesk,
  days,
  guichetEvents,
  hours,
  importCorrelation,
  inMemoryStore,
  later,
  limits,
  preferences,
  priorities,
  ticketDeadlines,
} from '@guichet/domain'
import type { RecordedEvent } from '../runner/projection.ts'

/**
 * The domain's own API on a desk over an empty store in memory, which accepts any history; read it with `historyOf`.
 */
export function emptyDesk(): Desk {
  let ids = 0
  return createDesk({
    store: inMemoryStore({ catalogue: guichetEvents }),
    now: () => '2026-03-27T09:00:00.000Z' as Instant,
    newId: () => `command-${++ids}`,
    futureToleranceMs: Number.MAX_SAFE_INTEGER,
  }).engine
}

/** All events of a desk, in global order. */
export async function historyOf(desk: Desk): Promise<readonly RecordedEvent[]> {
  return (await desk.store.readAll({ limit: 1_000_000 })) as readonly RecordedEvent[]
}

const agents: readonly Actor[] = [
  { kind: 'agent', id: 'agent-1', name: 'Anne Martin' },
  { kind: 'agent', id: 'agent-2' },
]

const robot: Actor = { kind: 'system', id: 'autoresponder' }
const closeReasons = ['other', 'solved', 'no_reply', 'duplicate', 'invalid'] as const
const words = ['imprimante', 'Écran', 'facture', 'the printer', 'mot de passe', 'zèbre', 'a.b@example.com', 'Æther']

/** The successive configurations of a desk: more, fewer and no promises, on a calendar and around the clock. */
const promises: readonly Configuration[] = [
  {
    desk: { defaultLanguage: 'en', timeZone: 'America/Montreal' },
    policies: [{ name: 'all', firstResponse: '4d', nextResponse: '3d', resolution: '20d', update: '2d', warnAt: 0.02 }],
  },
  {
    desk: { defaultLanguage: 'fr', timeZone: 'Asia/Kathmandu' },
    policies: [
      { name: 'gold', applies: { plans: ['gold'] }, firstResponse: '30m', nextResponse: '45m', resolution: '8h' },
      { name: 'urgent', applies: { priorities: ['urgent'] }, calendar: 'office', resolution: '12h', update: '90m' },
      { name: 'bills', applies: { categories: ['bill'] }, calendarOf: 'team', firstResponse: '2h' },
    ],
  },
].map(({ desk, policies }) =>
  configurationSchema.parse({
    desk,
    plans: ['gold'],
    teams: [{ name: 'supervisors', calendar: 'office' }],
    calendars: {
      office: {
        timeZone: 'Europe/Paris',
        hours: { monday: ['09:00-17:00'], tuesday: ['09:00-17:00'], saturday: ['10:00-12:00'] },
      },
    },
    categories: [{ name: 'bill', subcategories: [{ name: 'late' }] }],
    sla: { policies: [...policies, ...(policies.length > 1 ? [{ name: 'rest', resolution: '5d' }] : [])] },
  }),
)

/** The delay from applying a configuration to its effect, by the choice: none, retroactive, or later. */
const appliesAfter = [0, 0, 0, 0, -days(2), -days(1), -hours(5), hours(6), days(1), days(4)]

const availabilityOf = (choice: number): Availability => availabilities[choice % availabilities.length] ?? 'available'

const centreOf = (choice: number): string | null => ['paris', 'montreal', null][Math.floor(choice / 2) % 3] ?? null

type Act = {
  readonly ticket: number
  readonly kind: number
  readonly choice: number
  readonly pause: number
  readonly word: string
  /** The text of a message; a default one if omitted. */
  readonly body: string | undefined
  readonly imported: boolean
}

/** Characters that are hard to fold, split and index: characters that expand to many, accents, addresses. */
const hard = ['㌖', '\ufdfa', '\u0301\u0316', 'ﬃ', 'İ', '한', '👩‍👩‍👧', '@', 'a@', '@b.c', '.', '-', "'", '\\', ' ', '\n']

const part: fc.Arbitrary<Part> = fc.record({
  text: fc.oneof(fc.constantFrom(...hard), fc.string({ unit: 'binary', maxLength: 12 }), fc.emailAddress()),
  times: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: limits.body })),
  counted: fc.boolean(),
  parted: fc.boolean(),
})

/** Any text that a message may contain, up to the longest: long runs of the same characters, and of varying ones. */
export const anyBody: fc.Arbitrary<string> = fc
  .array(part, { minLength: 1, maxLength: 6 })
  .map((parts) => written(parts.map(repeated).join('')))
  .filter((body) => body.trim() !== '')

const act: fc.Arbitrary<Act> = fc.record({
  ticket: fc.nat(4),
  kind: fc.nat(37),
  choice: fc.nat(9),
  pause: fc.nat(60 * 30),
  word: fc.constantFrom(...words),
  body: fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: anyBody }),
  imported: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
})

/** The actions at a desk over some days, deadlines that fall due meanwhile, and an import, as random commands. */
export const randomActs: fc.Arbitrary<readonly Act[]> = fc.array(act, { minLength: 40, maxLength: 90 })

const openings: readonly Act[] = [0, 1, 2].map((ticket) => ({
  ticket,
  kind: 0,
  choice: ticket,
  pause: 1,
  word: 'facture',
  body: undefined,
  imported: ticket === 2,
}))

const promise: Act = { ticket: 0, kind: 20, choice: 0, pause: 1, word: 'facture', body: undefined, imported: false }

/**
 * Applies a configuration, opens three tickets and carries out random commands; refused ones have no effect. @returns
 * the resulting history.
 */
export async function carryOut(acts: readonly Act[]): Promise<readonly RecordedEvent[]> {
  const desk = emptyDesk()
  let now = '2026-03-27T09:00:00.000Z' as Instant
  for (const each of [promise, ...openings, ...acts]) {
    now = later(now, each.pause * 60_000)
    await perform(desk, each, now)
  }
  return historyOf(desk)
}

async function perform(
  desk: Desk,
  { ticket, kind, choice, word, body: said, imported }: Act,
  at: Instant,
): Promise<void> {
  const id = `t-${ticket}`
  const customer = { id: `customer-${ticket % 3}`, name: `Zoé Dupont ${ticket % 3}`, email: 'Zoe.Dupont@example.com' }
  const agent = agents[choice % agents.length] ?? { kind: 'agent', id: 'agent-1' }
  const subject = `${word} ${choice}`
  const body = said ?? subject
  const desks = { by: agent, at, ...(imported && { correlationId: importCorrelation('old') }) }
  const theirs = { ...desks, by: { kind: 'customer', id: customer.id } as const }
  const priority = priorities[choice % priorities.length] ?? 'normal'
  const statuses = ['in_progress', 'waiting_customer', 'resolved'] as const
  const then = statuses[choice % statuses.length] ?? 'in_progress'
  const acts = [
    () =>
      desk.execute(
        'ticket',
        id,
        { type: 'open', subject: word, body, customer, priority, language: choice % 2 ? 'fr' : 'en' },
        theirs,
      ),
    () => desk.execute('ticket', id, { type: 'open', subject, body: word, customer, priority, tags: [word] }, theirs),
    () => desk.execute('ticket', id, { type: 'agentReply', body, then }, desks),
    () => desk.execute('ticket', id, { type: 'customerReply', body }, theirs),
    () => desk.execute('ticket', id, { type: 'addNote', body }, desks),
    () => desk.execute('ticket', id, { type: 'waitForCustomer' }, desks),
    () => desk.execute('ticket', id, { type: 'resolve' }, desks),
    () =>
      desk.execute(
        'ticket',
        id,
        { type: 'close', reason: closeReasons[choice % closeReasons.length] ?? 'other' },
        desks,
      ),
    () => desk.execute('ticket', id, { type: 'reopen' }, desks),
    () => desk.execute('ticket', id, { type: 'changePriority', priority }, desks),
    () => desk.execute('ticket', id, { type: 'assign', assignee: { id: agent.id } }, desks),
    () => desk.execute('ticket', id, { type: choice % 2 ? 'tag' : 'untag', tag: word }, desks),
    () => desk.execute('ticket', id, { type: 'rename', subject }, desks),
    () => desk.execute('ticket', id, { type: 'addWatcher', watcher: { id: `watcher-${choice}` } }, desks),
    () =>
      desk.execute(
        'recipient',
        choice % 2 ? customer.id : agent.id,
        { type: 'changePreference', preference: preferences[choice % 4] ?? 'both' },
        desks,
      ),
    () =>
      desk.execute(
        'ticket',
        id,
        {
          type: 'attach',
          attachmentId: `file-${choice}`,
          name: 'a.png',
          mediaType: 'image/png',
          bytes: choice,
          visibility: choice % 3 ? 'public' : 'internal',
        },
        desks,
      ),
    () => fireDue(desk, id, at),
    () => completeImport(desk, at),
    () => desk.execute('ticket', id, { type: 'markSpam' }, desks),
    () => desk.execute('ticket', id, { type: 'agentReply', body }, { ...desks, by: robot }),
    () =>
      desk.execute(
        'configuration',
        'desk',
        {
          type: 'apply',
          configuration: promises[choice % promises.length] ?? configurationSchema.parse({}),
          effectiveFrom: later(at, appliesAfter[choice] ?? 0),
          retroactive: true,
        },
        desks,
      ),
    () => desk.execute('ticket', id, { type: 'pauseClocks', reason: word }, desks),
    () => desk.execute('ticket', id, { type: 'resumeClocks' }, desks),
    () => desk.execute('ticket', id, { type: 'categorize', category: choice % 2 ? 'bill' : 'bill/late' }, desks),
    () => desk.execute('ticket', id, { type: 'changePlan', plan: choice % 3 ? 'gold' : null }, desks),
    () => desk.execute('ticket', id, { type: 'escalate', team: 'supervisors', reason: word }, desks),
    () => changeImport(desk, choice % 2 ? 'abandon' : 'start', at),
    () => desk.execute('agent', agent.id, { type: 'setAvailability', availability: availabilityOf(choice) }, desks),
    () => desk.execute('ticket', id, { type: 'unassign' }, desks),
    () => desk.execute('ticket', id, { type: 'escalate', level: choice % 2 ? 2 : 3, reason: word }, desks),
    () => desk.execute('ticket', id, { type: 'deescalate', level: choice % 2 ? 1 : 2, reason: word }, desks),
    () =>
      desk.execute('agent', agent.id, { type: 'register', profile: { name: word, centre: centreOf(choice) } }, desks),
    () => desk.execute('agent', agent.id, { type: 'changeProfile', changes: { centre: centreOf(choice) } }, desks),
    () => desk.execute('agent', agent.id, { type: 'changeProfile', changes: { rating: choice } }, desks),
    () => desk.execute('ticket', id, { type: 'handOverToProduct' }, desks),
    () => desk.execute('ticket', id, { type: 'relayUpdate', incidentId: word, postedAt: at }, { by: robot, at }),
  ]
  await (acts[kind] ?? (() => fireDue(desk, id, at)))()
}

async function fireDue(desk: Desk, id: string, at: Instant): Promise<void> {
  const { state } = await desk.read('ticket', id)
  const [due] = ticketDeadlines(state, desk.timeline)
  const by = { kind: 'system', id: 'clock' } as const
  if (due) await desk.execute('ticket', id, { type: 'fire', ...due }, { by, at: due.dueAt < at ? at : due.dueAt })
}

async function changeImport(desk: Desk, type: 'start' | 'abandon', at: Instant): Promise<void> {
  const sender = { by: { kind: 'system', id: 'import' } as const, at, correlationId: importCorrelation('old') }
  const start = { type: 'start', source: 'old.csv', mapping: 'old' } as const
  await desk.execute('import', 'old', type === 'start' ? start : { type }, sender)
}

async function completeImport(desk: Desk, at: Instant): Promise<void> {
  const sender = { by: { kind: 'system', id: 'import' } as const, at, correlationId: importCorrelation('old') }
  await changeImport(desk, 'start', at)
  await desk.execute('import', 'old', { type: 'complete', rows: 0, applied: 0, unchanged: 0, refused: 0 }, sender)
}

type Part = { readonly text: string; readonly times: number; readonly counted: boolean; readonly parted: boolean }

function repeated({ text, times, counted, parted }: Part): string {
  const most = Math.min(times, Math.ceil(limits.body / Math.max(1, text.length)))
  const between = parted ? ' ' : ''
  if (!counted) return (text + between).repeat(most)
  return Array.from({ length: most }, (_, n) => text + String.fromCodePoint(0x4e00 + n) + between).join('')
}

/** Removes the characters that no message may contain, and cuts the text to the maximum length. */
function written(text: string): string {
  return text
    .replace(/(?![\t\n\r])\p{Cc}/gu, '')
    .slice(0, limits.body)
    .replace(/\p{Surrogate}/gu, '')
}
