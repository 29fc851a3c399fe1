import { expect, it } from 'vitest'
import { agentLimits, profileSchema } from '../agent/commands.ts'
import { calendarLimits } from '../calendar/calendar.ts'
import { centreLimits } from '../centre.ts'
import { chatLimits } from '../chat/vocabulary.ts'
import { incidentLimits } from '../incident/commands.ts'
import { limits } from '../kernel/limits.ts'
import { days, durationSchema, hours, minutes } from '../kernel/time.ts'
import { activityLimits } from '../proactive/activity.ts'
import { defaultTicketPolicy } from '../ticket/policy.ts'
import { ticketLimits } from '../ticket/vocabulary.ts'
import { defaultConfiguration } from './default-configuration.ts'
import { policyOf } from './terms-of.ts'

/** A desk's initial numbers: its configuration, the defaults of an agent, and the fixed limits. */
const shipped = {
  ...defaultConfiguration,
  agent: profileSchema.parse({ name: 'Ann' }),
  limits: {
    ticket: { ...limits, ...ticketLimits },
    calendar: calendarLimits,
    agent: agentLimits,
    centre: centreLimits,
    incident: incidentLimits,
    chat: chatLimits,
    activity: activityLimits,
  },
}

type Seed = '000' | '001' | '002' | '003' | '004'

/** The source of a number: a quotation and its heading, or Guichet itself and the reason. */
type Source =
  | { readonly from: Seed; readonly item: string; readonly words: string }
  | { readonly source: "Guichet's own"; readonly reason: string }

/** The path of a number, the number as people write it, and its source. */
type Row = readonly [path: string, number: number | string, source: Source]

const quoting = (from: Seed, item: string) => (words: string) => ({ from, item, words })
const own = (reason: string): Source => ({ source: "Guichet's own", reason })

const guarantees = quoting('000', 'Garanties de Service (SLA)')
const summary = quoting('000', 'Garanties SLA Premium')
const first = quoting('000', 'KPIs Niveau 1')
const second = quoting('000', 'KPIs Niveau 2')
const third = quoting('000', 'SUPPORT NIVEAU 3, Mobilisation Critique')
const times = quoting('003', 'Objectifs de Performance, Temps de Réponse')
const queue = quoting('003', 'Objectifs de Performance, Gestion de la File')
const silent = quoting('003', "FAQ, L'utilisateur ne répond pas, que faire ?")
const score = quoting('004', 'calculateAgentScore')
const environment = quoting('004', 'SLA Configuration')
const chatting = quoting('004', 'Chat Configuration')
const triggers = quoting('002', 'Déclencheurs Automatiques')
const category = (name: string) => quoting('004', `ticketCategories.${name}`)

const critical = guarantees('< 15 minutes (critique), < 30 minutes (urgent)')
const premium = summary('< 15min (critique), < 30min (urgent), < 2h (standard)')
const levelShares = summary('85% Niveau 1, 90% Niveau 2, 100% Niveau 3')
const inTwoHours = guarantees('85% des tickets en < 2 heures')
const firstReply = times('< 2 heures (pendant les heures ouvrables)')
const laterReplies = times('< 4 heures')
const resolution = times('< 24 heures pour 80% des tickets')
const news = quoting('003', 'Ticket Urgent (Bug Critique)')("Tenir l'utilisateur informé toutes les 2h")
const standard = environment('STANDARD_SLA_HOURS=4')
const priority = environment('PRIORITY_SLA_HOURS=2')
const urgent = environment('URGENT_SLA_HOURS=1')
const threshold = environment('ESCALATION_THRESHOLD_HOURS=6')

const half = own('004 times the resolution alone: the first answer comes in half of it')
const twice = own('000 times the first response alone: the next ones have twice as long')
const capped = own('003 gives the next response 4 hours: it takes no longer than the resolution')
const late = own(
  '004 wants a warning (SLA_WARNING_NOTIFICATIONS) and does not say when: with a quarter of the time left',
)
const unasked = own('000 counts no share of this level by it: as long as the first has')
const paged = own('000 says who is called, not how long a page waits: as long as the customer waits for a callback')
const hearing = own('000 has executives told « Temps réel » and times nobody: as long as it gives an urgent response')
const learning = own(
  'no source has a desk that learns: enough to tell categories apart, few enough to learn from at once',
)
const bound = own('no source bounds it: far more than a desk needs, and few enough to be read and written at once')

/** A row of the table of policies: the times that it promises, and its defaults. */
const policy = (name: string, promises: Readonly<Record<string, readonly [time: string, source: Source]>>): Row[] => [
  ...Object.entries(promises).map(([target, [time, source]]): Row => [`sla.policies.${name}.${target}`, time, source]),
  [`sla.policies.${name}.warnAt`, 0.75, late],
  [`sla.policies.${name}.escalateAfter`, '6h', threshold],
]

/** A term of the score of health: its points, and how many cases take all of them. */
const weighed = (term: string, points: number, cases: number): Row[] => [
  [`proactive.health.terms.${term}.points`, points, own('no source weighs it: by how well it tells who comes back')],
  [`proactive.health.terms.${term}.limit`, cases, own('no source counts it: so many in a month are no chance')],
]

/** The limits of something, none of which has a source. */
const limited = (path: string, most: Readonly<Record<string, number>>): Row[] =>
  Object.entries(most).map(([name, number]) => [`limits.${path}.${name}`, number, bound])

const table: readonly Row[] = [
  ['thresholds.chaseAfter.0', '3d', silent('Relance après 3 jours en "En attente client"')],
  ['thresholds.chaseAfter.1', '5d', silent('Deuxième relance après 5 jours')],
  ['thresholds.closeUnansweredAfter', '7d', silent('Fermeture après 7 jours avec message explicatif')],
  ['thresholds.closeResolvedAfter', '24h', quoting('003', 'Fin de Journée')('"Résolu" > 24h sans réponse')],
  ['thresholds.stagnationAfter', '24h', queue('Ne pas laisser stagner > 24h')],
  ['thresholds.urgentUpdateEvery', '2h', news],
  ['objectives.firstResponse', '2h', firstReply],
  ['objectives.nextResponse', '4h', laterReplies],
  ['objectives.resolution', '24h', resolution],
  ['objectives.resolutionShare', 0.8, resolution],
  [
    'objectives.firstContactShare',
    0.9,
    quoting('003', 'Taux de Satisfaction')('> 90% de tickets résolus au premier contact'),
  ],
  [
    'calendars.office.hours.weekdays.0',
    '09:00-18:00',
    own('003 says « heures ouvrables » and not which; those of 004 are of a desk elsewhere (UTC+4, weekends too)'),
  ],
  [
    'categories.account_support.subcategories.2fa_assistance.name',
    '2fa_assistance',
    category('account_support')('2fa_assistance'),
  ],
  ...policy('premium-critical', {
    firstResponse: ['15m', critical],
    nextResponse: ['30m', twice],
    resolution: ['1h', urgent],
    update: ['30m', hearing],
  }),
  ...policy('premium-urgent', {
    firstResponse: ['30m', critical],
    nextResponse: ['1h', twice],
    resolution: ['4h', own('000 times no resolution: between the hour of what is critical and the day of the others')],
  }),
  ...policy('premium', {
    firstResponse: ['2h', premium],
    nextResponse: ['4h', laterReplies],
    resolution: ['24h', resolution],
  }),
  ...policy('urgent', {
    firstResponse: ['30m', critical],
    nextResponse: ['1h', capped],
    resolution: ['1h', urgent],
    update: ['2h', news],
  }),
  ...policy('plan-urgent', {
    firstResponse: ['30m', critical],
    nextResponse: ['1h', capped],
    resolution: ['1h', urgent],
  }),
  ...policy('plan-priority', {
    firstResponse: ['1h', half],
    nextResponse: ['2h', capped],
    resolution: ['2h', priority],
  }),
  ...policy('plan-standard', {
    firstResponse: ['2h', firstReply],
    nextResponse: ['4h', laterReplies],
    resolution: ['4h', standard],
  }),
  ...policy('technical', {
    firstResponse: ['1h', half],
    nextResponse: ['2h', capped],
    resolution: ['2h', category('technical_support')('sla: "2_hours"')],
  }),
  ...policy('billing', {
    firstResponse: ['2h', firstReply],
    nextResponse: ['3h', capped],
    resolution: ['3h', category('billing_support')('sla: "3_hours"')],
  }),
  ...policy('investment-and-compliance', {
    firstResponse: ['2h', firstReply],
    nextResponse: ['4h', laterReplies],
    resolution: ['4h', category('investment_support, compliance_support')('sla: "4_hours"')],
  }),
  ...policy('account', {
    firstResponse: ['2h', firstReply],
    nextResponse: ['4h', laterReplies],
    resolution: ['6h', category('account_support')('sla: "6_hours"')],
  }),
  ...policy('everything-else', {
    firstResponse: ['2h', firstReply],
    nextResponse: ['4h', laterReplies],
    resolution: ['24h', resolution],
  }),
  [
    'classification.minimumConfidence',
    0.6,
    own('no source says it of categories: right about 95 % of Banking77 (docs/guides/classification.md)'),
  ],
  [
    'classification.classifyWithin',
    '24h',
    own('no source speaks of it: who waits for longer has been read by somebody'),
  ],
  ['classification.learning.minimumExamples', 100, learning],
  ['classification.learning.minimumPerCategory', 5, learning],
  ['classification.learning.mostExamples', 20_000, learning],
  ['incidents.acknowledgeWithin', '10m', paged],
  ['incidents.respondWithin', '2h', third('Response time : < 2 heures (24/7)')],
  [
    'incidents.callbackWithin',
    '10m',
    quoting('000', 'handleCriticalIncident')('Un expert vous rappelle dans les 10 prochaines minutes'),
  ],
  ['incidents.warRoomWithin', '1h', third('War room setup : < 1 heure')],
  ['incidents.onSiteWithin', '24h', third('On-site deployment : < 24 heures (Amérique du Nord)')],
  ['incidents.updateEvery', '30m', hearing],
  ['incidents.postMortemWithin', '5d', own('no source has a post-mortem: a week of work')],
  ['incidents.escalateToLevel', 3, third('SUPPORT NIVEAU 3 (Sur Demande)')],
  ['routing.points.speciality', 40, score('score += 40')],
  ['routing.points.language', 20, score('score += 20')],
  ['routing.points.workload', 30, score('Math.max(0, 30 - workload.active_tickets)')],
  ['routing.points.rating', 5, score('performance.rating * 5')],
  ['routing.points.online', 10, score('score += 10')],
  ['levels.1.respondWithin', '45s', first('Temps réponse moyen : < 45 secondes')],
  ['levels.1.solvedShare', 0.75, first('Résolution directe : 75% des tickets')],
  ['levels.1.escalatedShare', 0.25, first('Escalade rate : 25% vers Niveau 2')],
  ['levels.1.solveWithin', '2h', inTwoHours],
  ['levels.1.solvedInTimeShare', 0.85, inTwoHours],
  ['levels.2.respondWithin', '30m', second('Temps réponse : < 30 minutes')],
  ['levels.2.solvedShare', 0.9, second('Résolution : 90% des tickets escalés')],
  ['levels.2.averageSolution', '2h24m', second('Temps résolution moyen : 2.4 heures')],
  ['levels.2.solveWithin', '2h', unasked],
  ['levels.3.respondWithin', '2h', third('Response time : < 2 heures (24/7)')],
  ['levels.3.solvedShare', 1, levelShares],
  ['levels.3.solveWithin', '2h', unasked],
  ['chat.calls.answerWithin', '1m', own('no source says how long to ring: three times as long as an offer')],
  ['chat.calls.longest', '30m', chatting('max_duration: "30_minutes"')],
  [
    'chat.times.offerFor',
    '20s',
    own('no source times an offer: a few rings, so that a second agent answers within a minute'),
  ],
  ['chat.times.offerAgainAfter', '1m', own('no source says when: as long as it takes to offer it to three others')],
  ['chat.times.firstAnswerWithin', '30s', quoting('001', 'Live Chat')('**Response Time** < 30 seconds')],
  [
    'chat.times.nextAnswerWithin',
    '2m',
    own('001 times one response: four times as long, since the customer no longer waits alone'),
  ],
  ['chat.times.warnAfter', '25m', own('004 closes after 30 minutes: five minutes are left to answer')],
  ['chat.times.closeAfter', '30m', chatting('CHAT_TIMEOUT_MINUTES=30')],
  [
    'chat.times.transferFor',
    '2m',
    own('no source times a transfer: as long as an answer may take, to ask a few colleagues'),
  ],
  ['chat.times.keepPlaceFor', '2m', own('no source keeps a place: long enough to load a page again on a slow network')],
  ['chat.times.reopenWithin', '24h', own('no source reopens a chat: as long as a resolved ticket may be rejected')],
  ['proactive.threshold', 3, triggers('Seuil quantitatif : 3+ activités critiques en 24 heures')],
  ['proactive.within', '24h', triggers('Seuil quantitatif : 3+ activités critiques en 24 heures')],
  ['proactive.repeatsWithin', '1m', own('002 counts each click: who fails clicks again within a minute')],
  ['proactive.silentFor', '14d', own('002 asks again at once: two weeks, in which the cause is mended or accepted')],
  ['proactive.lapseAfter', '3d', own('no source has a draft lapse: as long as a customer has before the first chase')],
  ['proactive.holdout', 0.05, own('002 measures no effect: enough to compare with, few enough to go without')],
  ['proactive.widespread', 20, own('no source counts people: so many with one trouble in a day is no chance')],
  ['proactive.storedFor', '30d', own('002 keeps activities for ever: as long as the tickets that an analysis reads')],
  ...weighed('tickets', 30, 6),
  ...weighed('breaches', 20, 3),
  ...weighed('reopenings', 10, 2),
  ...weighed('suspicions', 15, 3),
  ...weighed('waits', 15, 2),
  ...weighed('ratings', 10, 2),
  ['proactive.health.within', '30d', own('002 dates no score: as long as the tickets that an analysis reads')],
  ['proactive.health.waitsAfter', '24h', own('002 times no wait: as long as a ticket may stagnate')],
  ['proactive.health.lowRating', 2, own('no source calls a rating low: those below the middle of five')],
  ['proactive.health.atRisk', 60, own('no source has a threshold: more than one term has to be bad')],
  ['proactive.health.alertStep', 20, own('no source has a step: as much as missed targets take in all')],
  ['proactive.health.membersPerCustomer', 5, own('no source weighs members: one of five writes to a desk in a month')],
  ['knowledge.helpful', 0.7, quoting('001', 'User Engagement')('- **User Engagement** > 70% helpful ratings')],
  [
    'knowledge.selfService',
    0.4,
    quoting('001', 'Self-Service Resolution')('- **Self-Service Resolution** > 40% of tickets'),
  ],
  ['knowledge.contributions', 5, second('Knowledge base contribution : 5+ articles/mois')],
  ['knowledge.holdout', 0.05, own('001 measures no effect: enough to compare with, few enough to go without')],
  ['knowledge.helpCentre.colour', '#0b57d0', own('no source has a colour: a blue that can be read on white')],
  ['knowledge.helpCentre.darkColour', '#8ab4f8', own('no source has a colour: the same at night')],
  ['knowledge.helpCentre.previewedFor', '24h', own('001.20 names no time: whoever is asked today reads it tomorrow')],
  ['agent.level', 1, own('000 has three levels and no agent without one: the one closest to the customer')],
  ['agent.capacity.ticket', 30, score('Math.max(0, 30 - workload.active_tickets)')],
  ['agent.capacity.chat', 3, chatting('MAX_CONCURRENT_CHATS_PER_AGENT=3')],
  ['agent.capacity.phone', 1, own('no source speaks of it: nobody speaks to two callers at once')],
  ['agent.rating', 5, own('004 rates « out of 10 »: the middle, until somebody is rated')],
  ...limited('ticket', { id: 128, subject: 300, body: 65_536, name: 200, email: 320, tag: 64, reason: 2_000 }),
  ...limited('ticket', {
    values: 100,
    tags: 50,
    alternatives: 3,
    reasons: 8,
    watchers: 100,
    links: 200,
    merged: 1_000,
  }),
  ...limited('ticket', {
    pauses: 200,
    attachments: 500,
    attachmentBytes: 26_214_400,
    candidates: 1_000_000,
    equals: 5,
  }),
  ...limited('calendar', { name: 200, days: 1_000, countries: 20, overrides: 200, closures: 1_000 }),
  ...limited('agent', { languages: 20, skills: 100, specialities: 100, capacity: 1_000 }),
  ...limited('centre', { centres: 100, shifts: 100, name: 200, languages: 20, specialities: 100, priority: 1_000 }),
  ...limited('chat', {
    body: 10_000,
    actions: 10,
    cardFields: 20,
    facts: 20,
    participants: 20,
    skipped: 100,
    transcripts: 5,
  }),
  ...limited('incident', { customers: 1_000, rota: 50, text: 20_000 }),
  ...limited('activity', { batch: 100, address: 2_000, page: 500, code: 100, trouble: 302, fingerprint: 400 }),
  ...limited('activity', { text: 500, fields: 20, kinds: 50 }),
]

/** Every number below a value, and every text with a digit, by its path: entries with a name have it in their path. */
function numbersIn(value: unknown, path = ''): (readonly [path: string, number: number | string])[] {
  if (typeof value === 'number' || (typeof value === 'string' && /\d/.test(value))) return [[path, value]]
  if (typeof value !== 'object' || value === null) return []
  const named = Object.entries(value).map(([key, one]: [string, unknown]): [string, unknown] =>
    Array.isArray(value) && hasName(one) ? [one.name, one] : [key, one],
  )
  return named.flatMap(([key, one]) => numbersIn(one, path === '' ? key : `${path}.${key}`))
}

const hasName = (value: unknown): value is { readonly name: string } =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'

/** A number as the configuration stores it: of a duration, the milliseconds. */
const held = (number: number | string): number | string =>
  typeof number === 'number' ? number : (durationSchema.safeParse(number).data ?? number)

it('has only numbers that are in the table with their source, and the table only shipped ones', () => {
  expect(table.length).toBe(new Set(table.map(([path]) => path)).size)
  expect(Object.fromEntries(numbersIn(shipped))).toEqual(
    Object.fromEntries(table.map(([path, number]) => [path, held(number)])),
  )
})

it('quotes for each number a source, or gives a reason when there is none', () => {
  for (const [path, number, source] of table) {
    if ('reason' in source) expect(source.reason, path).not.toBe('')
    else expect([...numbersSaidIn(source.words), source.words], path).toContain(held(number))
  }
})

it('is searched to the last number, in lists and below unknown names', () => {
  const more = { ...shipped, archive: { after: [{ name: 'spam', days: 30 }, { days: 90 }], at: '02:00' } }
  const before = new Set(numbersIn(shipped).map(([path]) => path))
  expect(numbersIn(more).filter(([path]) => !before.has(path))).toEqual([
    ['archive.after.spam.days', 30],
    ['archive.after.1.days', 90],
    ['archive.at', '02:00'],
  ])
})

it('gives a desk the same numbers as an embedded one without a configuration', () => {
  const { version: _, serviceLevels: __, ...run } = defaultTicketPolicy
  expect(policyOf({ configuration: defaultConfiguration, publicHolidays: {} })).toMatchObject(run)
})

/** The units of the sources: milliseconds, or a share of one. */
const units: Readonly<Record<string, number>> = {
  jours: days(1),
  heure: hours(1),
  heures: hours(1),
  hours: hours(1),
  h: hours(1),
  seconds: 1_000,
  minutes: minutes(1),
  min: minutes(1),
  secondes: 1_000,
  '%': 1 / 100,
}

const numberInWords =
  /((?:hours|minutes)=)?(\d+(?:\.\d+)?)[ _]?(?:prochaines )?(jours|heures?|hours|h\b|minutes|min\b|secondes|seconds|%)?/gi

/** The numbers in a quotation, as the configuration stores them: `< 2 heures` in milliseconds, `80%` as 0.8. */
const numbersSaidIn = (words: string): readonly number[] =>
  [...words.matchAll(numberInWords)].map(([, before, number, unit = before?.slice(0, -1) ?? '']) =>
    Number((Number(number) * (units[unit.toLowerCase()] ?? 1)).toPrecision(12)),
  )
