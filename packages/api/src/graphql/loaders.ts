import DataLoader from 'dataloader'
import { id, instant } from '@guichet/domain'
import type {
  AgentTime,
  ChatQueue,
  ConversationQueries,
  DaysOfAgent,
  MessageRow,
  Page,
  QueuedChat,
  RevisionKey,
  RoutingQueries,
  Slice,
  Visibility,
} from '@guichet/projections'
import { isPublicArticle } from '@guichet/projections'
import type { RecordedIncident } from '@guichet/workflows'
import { isCustomer } from '../auth/principal.ts'
import { termsHistory } from '@guichet/desk/configuration'
import { chatStaffAt } from '../shifts.ts'
import { ticketIdSchema } from './builder.ts'
import type { ReadingBudget } from './reading-budget.ts'
import type {
  AgentDays,
  ApiContext,
  ChatQueuePlace,
  ConversationKey,
  Loaders,
  ReadershipKey,
  Services,
  TroubleSince,
} from './services.ts'
import { visibleChatCustomers, visibleCustomers } from './shared-access.ts'
import { readTicketHistory } from './ticket-history.ts'
import { translateMessages } from './translate-messages.ts'

/** The cost of a field folded from a ticket's history or the configurations: an operation reads some twenty at most. */
export const historyCost = 1_000

const byRevision = {
  cacheKeyFn: ({ articleId, language, revision }: RevisionKey): string => `${language} ${revision} ${articleId}`,
}

const byPeriod = {
  cacheKeyFn: ({ articleId, period }: ReadershipKey): string => `${JSON.stringify(period)}${articleId}`,
}

/** Creates the loaders of one request. Reads are consistent until it reloads. */
export function createLoaders(context: ApiContext): Loaders {
  const { services, principal, read, budget } = context
  const customer = principal && isCustomer(principal) ? principal.id : undefined
  /** The rows that the viewer may see: customers their own, and those that are shared with them. */
  const visible = async <R extends { readonly customer: { readonly id: string } }>(
    rows: readonly (R | undefined)[],
    visibleOf: typeof visibleCustomers,
  ): Promise<readonly R[]> => {
    const presentRows = rows.filter((row) => row !== undefined)
    if (customer === undefined) return presentRows
    const customers = await visibleOf([...new Set(presentRows.map((row) => row.customer.id))], context)
    return presentRows.filter((row) => customers.has(row.customer.id))
  }
  return {
    ticket: new DataLoader(async (ids) => {
      const tickets = await read('tickets')
      const rows = await tickets.byIds(ids.filter((id) => ticketIdSchema.safeParse(id).success))
      const byId = new Map((await visible(rows, visibleCustomers)).map((row) => [row.id, row]))
      return ids.map((id) => byId.get(id) ?? null)
    }),
    ticketId: new DataLoader(async (numbers) => {
      const ids = await (await read('tickets')).idsByNumber(numbers)
      return numbers.map((number) => ids.get(number) ?? null)
    }),
    conversation: new DataLoader(
      async (keys) =>
        conversations(await read('conversation'), customer === undefined ? 'all' : 'public', keys, budget),
      { cacheKeyFn: ({ ticketId, page }) => `${JSON.stringify(page)}${ticketId}` },
    ),
    chat: new DataLoader(async (ids) => {
      const rows = await visible(await (await read('chats')).byIds(ids), visibleChatCustomers)
      const byId = new Map(rows.map((row) => [row.id, row]))
      return ids.map((id) => byId.get(id) ?? null)
    }),
    chatPlace: new DataLoader(async (ids) => {
      const at = instant(new Date())
      const isThere = chatStaffAt(services.desk.timeline, services.live.presence, at)
      const queue = await (await read('chatQueue')).queue(at, isThere)
      return ids.map((id) => placeInQueue(queue, id))
    }),
    chatTargets: new DataLoader(
      async (keys) => {
        const targets = await read('chatTargets')
        const now = instant(new Date())
        return pagesOfLists(
          keys,
          ({ chatId }) => chatId,
          (ids, page) => targets.pagesOf(ids, page, now),
        )
      },
      { cacheKeyFn: ({ chatId, page }) => `${JSON.stringify(page)}${chatId}` },
    ),
    mergedCustomers: new DataLoader(async (ids) => {
      const customers = await read('customers')
      return Promise.all(ids.map(async (id) => new Set(await customers.withMerged(id))))
    }),
    customer: new DataLoader(async (ids) => {
      const rows = await (await read('customers')).survivorsByIds(ids)
      return rows.map((row) => row ?? null)
    }),
    article: new DataLoader(async (ids) => {
      const wellFormed = ids.filter((each) => id.safeParse(each).success)
      const rows = await (await read('articles')).byIds(wellFormed)
      const readable = rows.map((row) => (row && (customer === undefined || isPublicArticle(row)) ? row : null))
      const byId = new Map(wellFormed.map((each, n) => [each, readable[n]]))
      return ids.map((each) => byId.get(each) ?? null)
    }),
    articleCategories: new DataLoader(async (readers) => {
      const articles = await read('articles')
      return Promise.all(readers.map((each) => articles.categories(each)))
    }),
    articleRevision: new DataLoader(
      async (keys) => (await (await read('articles')).revisions(keys)).map((row) => row ?? null),
      byRevision,
    ),
    articleTarget: new DataLoader(
      async (keys) => (await (await read('articles')).targets(keys)).map((row) => row ?? null),
      byRevision,
    ),
    articleLinks: new DataLoader(async (keys) => (await read('articles')).links(keys), byRevision),
    readership: new DataLoader((keys) => ofPeriods(keys, services.readership?.figuresOf), byPeriod),
    sentArticle: new DataLoader(async (keys) => {
      const sent = await read('sentArticles')
      const [figures, opened] = await Promise.all([
        ofPeriods(keys, sent.figuresOf),
        ofPeriods(keys, services.readership?.openedOf),
      ])
      return figures.map((each, n) => each && { ...each, opened: opened[n] ?? undefined })
    }, byPeriod),
    translation: new DataLoader((messages) => translateMessages(services, messages), {
      cacheKeyFn: ({ of, to, language, text }) => JSON.stringify([of, to, language, text]),
      maxBatchSize: 100,
    }),
    incident: new DataLoader(async (ids) => {
      const wellFormed = ids.filter((each) => id.safeParse(each).success)
      const rows = await (await read('incidents')).byIds(wellFormed)
      const byId = new Map(wellFormed.map((each, n) => [each, rows[n]]))
      return ids.map((each) => byId.get(each))
    }),
    likelyIncident: new DataLoader((keys) => likelyIncidents(services.likelyIncidents, keys), {
      cacheKeyFn: ({ fingerprint, day }) => `${day}${fingerprint}`,
    }),
    deadlines: new DataLoader(async (ids) => {
      const deadlines = await read('deadlines')
      const byTicket = await deadlines.ofTickets(ids)
      return ids.map((id) => byTicket.get(id) ?? [])
    }),
    slaTargets: new DataLoader(
      async (keys) => {
        const sla = await read('sla')
        const now = instant(new Date())
        return pagesOfLists(
          keys,
          ({ ticketId }) => ticketId,
          (ids, page) => sla.pagesOf(ids, page, now),
        )
      },
      { cacheKeyFn: ({ ticketId, page }) => `${JSON.stringify(page)}${ticketId}` },
    ),
    agentLanguages: new DataLoader(async (ids) => {
      const routing = await read('routing')
      return Promise.all(ids.map(async (id) => (await routing.agent(id))?.agent.profile.languages ?? []))
    }),
    agentTimes: new DataLoader(
      async (keys) => {
        const routing = await read('routing')
        const { timeZone } = (await services.desk.terms()).policy
        return agentTimes(routing, { now: instant(new Date()), timeZone }, keys)
      },
      { cacheKeyFn: ({ id, first, last }) => `${first}${last}${id}` },
    ),
    terms: termsHistory(services.desk),
    history: new DataLoader((ids) =>
      Promise.all(ids.map((id) => readTicketHistory({ services, budget }, id).catch((error: Error) => error))),
    ),
  }
}

const placesOf = new WeakMap<ChatQueue, ReadonlyMap<string, QueuedChat>>()

/** The place of a chat in the queue; null unless it waits. All who wait ask the same queue. */
export function placeInQueue(queue: ChatQueue, id: string): ChatQueuePlace | null {
  const places = placesOf.get(queue) ?? new Map(queue.chats.map((queued) => [queued.chatId, queued]))
  placesOf.set(queue, places)
  const queued = places.get(id)
  return queued ? { queued, pace: queue } : null
}

/** How many messages can be read before their length is known. */
const fewMessages = 16

const textsIn = (slices: readonly Slice<MessageRow>[]): number =>
  slices.reduce((sum, { rows }) => rows.reduce((all, { row }) => all + row.body.length, sum), 0)

/** Reads conversations with one statement for all tickets with the same page, as in a list. */
async function conversations(
  conversation: ConversationQueries,
  visibility: Visibility,
  keys: readonly ConversationKey[],
  budget: ReadingBudget,
): Promise<(Slice<MessageRow> | RangeError)[]> {
  const pages = new Map(keys.map(({ page }) => [JSON.stringify(page), page]))
  const slicesByPage = new Map<string, ReadonlyMap<string, Slice<MessageRow>>>()
  for (const [name, page] of pages) {
    const ids = keys.filter((key) => JSON.stringify(key.page) === name).map(({ ticketId }) => ticketId)
    const isMuch = ids.length * page.limit > fewMessages
    if (isMuch) await budget.texts(await conversation.bytesOf(ids, page, visibility))
    const slices = await conversation.ofTickets(ids, page, visibility)
    if (!isMuch) await budget.texts(textsIn([...slices.values()]))
    slicesByPage.set(name, slices)
  }
  return keys.map(
    ({ ticketId, page }) =>
      slicesByPage.get(JSON.stringify(page))?.get(ticketId) ?? new RangeError('not a place in this conversation'),
  )
}

/** Reads pages of lists with one statement for all lists with the same page. */
async function pagesOfLists<Key extends { readonly page: Page }, Row>(
  keys: readonly Key[],
  idOf: (key: Key) => string,
  read: (ids: readonly string[], page: Page) => Promise<ReadonlyMap<string, Slice<Row>>>,
): Promise<readonly Slice<Row>[]> {
  const pages = new Map(keys.map(({ page }) => [JSON.stringify(page), page]))
  const slicesByPage = new Map(
    await Promise.all(
      [...pages].map(async ([name, page]) => {
        const ids = keys.filter((key) => JSON.stringify(key.page) === name).map(idOf)
        return [name, await read(ids, page)] as const
      }),
    ),
  )
  const none = { rows: [], hasPrevious: false, hasNext: false }
  return keys.map((key) => slicesByPage.get(JSON.stringify(key.page))?.get(idOf(key)) ?? none)
}

/** Reads figures of articles with one statement for each period; null where they are not recorded. */
async function ofPeriods<T>(
  keys: readonly ReadershipKey[],
  figuresOf: ((articleIds: readonly string[], period: ReadershipKey['period']) => Promise<readonly T[]>) | undefined,
): Promise<(T | null)[]> {
  if (!figuresOf) return keys.map(() => null)
  const figures = new Map<ReadershipKey, T>()
  for (const [name, { period }] of new Map(keys.map((key) => [JSON.stringify(key.period), key]))) {
    const ofPeriod = keys.filter((key) => JSON.stringify(key.period) === name)
    const rows = await figuresOf(
      ofPeriod.map(({ articleId }) => articleId),
      period,
    )
    for (const [index, key] of ofPeriod.entries()) {
      const row = rows[index]
      if (row !== undefined) figures.set(key, row)
    }
  }
  return keys.map((key) => figures.get(key) ?? null)
}

/** Reads the latest likely incidents with one statement, for the first of the days. */
async function likelyIncidents(
  recorded: Services['likelyIncidents'],
  keys: readonly TroubleSince[],
): Promise<(RecordedIncident | undefined)[]> {
  const [first = ''] = keys.map(({ day }) => day).toSorted()
  const fingerprints = [...new Set(keys.map(({ fingerprint }) => fingerprint))]
  const incidents = (await recorded?.of(fingerprints, first)) ?? []
  const latest = new Map(incidents.map((incident) => [incident.fingerprint, incident]))
  return keys.map(({ fingerprint, day }) => {
    const incident = latest.get(fingerprint)
    return incident && incident.day >= day ? incident : undefined
  })
}

/** Reads times with one statement for all agents with the same period. */
async function agentTimes(
  routing: RoutingQueries,
  at: Pick<DaysOfAgent, 'now' | 'timeZone'>,
  keys: readonly AgentDays[],
): Promise<(readonly AgentTime[])[]> {
  const periods = new Map(keys.map(({ first, last }) => [`${first}${last}`, { first, last }]))
  const timesByPeriod = new Map(
    await Promise.all(
      [...periods].map(async ([name, period]) => {
        const ids = keys.filter(({ first, last }) => `${first}${last}` === name).map(({ id }) => id)
        return [name, await routing.timesOf(ids, { ...period, ...at })] as const
      }),
    ),
  )
  return keys.map(({ id, first, last }) => timesByPeriod.get(`${first}${last}`)?.get(id) ?? [])
}
