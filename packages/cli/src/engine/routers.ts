import type { Pool } from 'pg'
import type { Desk, EventStore, RoutingTerms } from '@guichet/domain'
import { routingTermsAt } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import { assertInLog } from '@guichet/eventstore'
import type { ProjectionRunner, ReadModels } from '@guichet/projections'
import type { ChatRouterStatus, Connections, LeasedRouter, Translations } from '@guichet/workflows'
import { leasedChatRouter, leasedRouter } from '@guichet/workflows'
import { patienceMs } from './reactions.ts'

type Parts = {
  readonly desk: Desk
  readonly store: EventStore
  readonly connectionString: string
  readonly pool: Pool
  readonly runner: ProjectionRunner
  readonly models: ReadModels
  readonly connections: Connections
  readonly translations: Pick<Translations, 'serves'>
  readonly health: FollowerReports
  onError(error: unknown, context: string): void
}

/** The routing waits for read models, as after a large import: they report themselves how far behind they are. */
class ReadModelsBehind extends Error {
  override readonly name = 'ReadModelsBehind'
}

/** The terms of routing, with what services translate: the same object while the same version is in force. */
function routingTerms({ desk, translations }: Pick<Parts, 'desk' | 'translations'>): () => RoutingTerms {
  const translates = (one: string, other: string): boolean =>
    translations.serves(one, other) && translations.serves(other, one)
  let made: { readonly of: RoutingTerms; readonly terms: RoutingTerms } | undefined
  return () => {
    const of = routingTermsAt(desk.timeline, desk.now())
    if (made?.of !== of) made = { of, terms: { ...of, translates } }
    return made.terms
  }
}

/** Opens the router of tickets. */
export const openTicketRouter = ({ desk, store, models, translations, ...parts }: Parts): Promise<LeasedRouter> =>
  leasedRouter({
    ...parts,
    desk,
    terms: routingTerms({ desk, translations }),
    begin: async () => {
      const snapshot = await models.routing.snapshot()
      if (snapshot.after !== undefined) await assertInLog(store, { position: snapshot.after, last: snapshot.last })
      return snapshot
    },
    classificationMs: 1_000,
  })

/** Opens the router of chats. */
export const openChatRouter = ({
  desk,
  store,
  models,
  runner,
  translations,
  onError,
  ...parts
}: Parts): Promise<LeasedRouter<ChatRouterStatus>> =>
  leasedChatRouter({
    ...parts,
    desk,
    terms: routingTerms({ desk, translations }),
    begin: async () => {
      const after = await store.head()
      if (after !== undefined && !(await runner.reached(after, patienceMs, ['chats', 'routing'])))
        throw new ReadModelsBehind('the read models that the routing of chats begins from are behind')
      const { agents } = await models.routing.snapshot()
      return { after, agents, chats: await models.chats.openIds() }
    },
    onError: (error, context) => {
      if (!(error instanceof ReadModelsBehind)) onError(error, context)
    },
  })
