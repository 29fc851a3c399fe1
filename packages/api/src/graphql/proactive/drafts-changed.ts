import type { Drafts, Position } from '@guichet/domain'
import { bySuspicion, draftsOfPerson, streamName } from '@guichet/domain'
import { draftRowId, projectionsBehind } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { viewerOf } from '../context.ts'
import { largestPage } from '../paging.ts'
import type { ApiContext, Services } from '../services.ts'
import type { Source } from '../subscription.ts'
import { addSubscription, changeDetector, lastPosition, pauseUntilShown } from '../subscription.ts'
import type { DraftView } from './draft-access.ts'
import { idsOfViewer } from './draft-access.ts'
import { addDraftType } from './draft.ts'

/** Drafts at a moment. */
type DraftsChange = { readonly drafts: readonly DraftView[] }

/** Adds `draftsChanged`, for customers, and `draftsInReviewChanged`, for those who review drafts. */
export function addDraftsChanged({ builder, use }: SchemaParts): void {
  const { draft } = use(addDraftType)
  const change = builder.objectRef<DraftsChange>('DraftsChange').implement({
    description: 'Drafts after a change.',
    fields: (t) => ({
      drafts: t.field({
        type: [draft],
        description: 'All of them, the oldest first.',
        resolve: ({ drafts }) => drafts,
      }),
    }),
  })
  addSubscription(builder, 'draftsChanged', {
    type: change,
    description: 'The drafts that you are offered, now and whenever that changes.',
    args: {},
    source: (_, context) => offeredDrafts(context),
  })
  addSubscription(builder, 'draftsInReviewChanged', {
    type: change,
    description: `The drafts that wait for their review, now and whenever that changes: ${largestPage} at most.`,
    args: {},
    source: (_, context) => draftsInReview(context),
  })
}

/**
 * The drafts that the viewer may open, from their streams: no read model delays them. Those of customers who are merged
 * into them meanwhile, such as a visitor whom they claim, are among them; none where any of them has switched drafts off.
 */
function offeredDrafts(context: ApiContext): Source<DraftsChange> {
  const { changes, desk } = context.services
  const { id: viewerId } = viewerOf(context)
  const isNew = changeDetector()
  const streams = followStreams(changes)
  return {
    listen: async (wake) => {
      streams.begin(wake)
      await streams.follow(streamName('customer', viewerId))
      return streams.leave
    },
    values: async function* () {
      const last = streams.last()
      if (last !== undefined) context.reload(last)
      const ids = await idsOfViewer(context)
      for (const id of ids) await streams.follow(streamName('draft', id))
      const { byId, isOff } = await draftsOfPerson(desk, ids)
      const shared = isOff ? [] : [...byId]
      const drafts = shared.flatMap(([id, state]) => offeredAmong(id, state)).toSorted(oldestFirst)
      if (isNew(drafts)) yield { drafts }
    },
  }
}

/** Follows streams, to which others are added as time goes by. */
function followStreams(changes: Services['changes']) {
  const leaves = new Map<string, () => void>()
  let wake: () => void = () => undefined
  let last: Position | undefined
  let isLeft = false
  return {
    /** Begins to call back after each event of a stream that is followed. */
    begin: (listener: () => void): void => {
      wake = listener
    },
    /** Follows a stream, unless it does. */
    follow: async (stream: string): Promise<void> => {
      if (isLeft || leaves.has(stream)) return
      leaves.set(stream, () => undefined)
      const leave = await changes.follow(stream, (events) => {
        last = events.at(-1)?.position ?? last
        wake()
      })
      if (isLeft) leave()
      else leaves.set(stream, leave)
    },
    /** The position of the last event of any of them. */
    last: () => last,
    leave: (): void => {
      isLeft = true
      for (const leave of leaves.values()) leave()
    },
  }
}

/** The drafts that a customer may open now. */
const offeredAmong = (customerId: string, { drafts }: Drafts): readonly DraftView[] =>
  drafts
    .filter(({ status }) => status === 'offered')
    .map((draft) => ({ id: draftRowId(customerId, draft.number), customerId, draft }))

const oldestFirst = ({ draft: one }: DraftView, { draft: other }: DraftView): number => bySuspicion(one, other)

function draftsInReview(context: ApiContext): Source<DraftsChange> {
  const { readModels } = context.services
  const { listen, take } = lastPosition(context, ({ stream }) => stream.startsWith('draft-'))
  const isNew = changeDetector()
  return {
    listen,
    values: async function* () {
      const last = take()
      const pause = await pauseUntilShown(context.services, last, projectionsBehind.drafts)
      if (last !== undefined) context.reload(last)
      const { rows } = await readModels.drafts.list({ status: ['in_review'] }, { limit: largestPage, backward: true })
      const drafts = rows.map(({ row }) => row).toReversed()
      if (isNew(drafts)) yield { drafts }
      return pause
    },
  }
}
