import type { Pool } from 'pg'
import type { Desk, EventStore } from '@guichet/domain'
import { routingTermsAt } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import { assertInLog } from '@guichet/eventstore'
import type { ProjectionRunner, ReadModels } from '@guichet/projections'
import type { ChatRouterStatus, Connections, LeasedRouter } from '@guichet/workflows'
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
  readonly health: FollowerReports
  onError(error: unknown, context: string): void
}

/** The routing waits for read models, as after a large import: they report themselves how far behind they are. */
class ReadModelsBehind extends Error {
  override readonly name = 'ReadModelsBehind'
}

const terms = (desk: Desk) => () => routingTermsAt(desk.timeline, desk.now())

/** Opens the router of tickets. */
export const openTicketRouter = ({ desk, store, models, ...parts }: Parts): Promise<LeasedRouter> =>
  leasedRouter({
    ...parts,
    desk,
    terms: terms(desk),
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
  onError,
  ...parts
}: Parts): Promise<LeasedRouter<ChatRouterStatus>> =>
  leasedChatRouter({
    ...parts,
    desk,
    terms: terms(desk),
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
