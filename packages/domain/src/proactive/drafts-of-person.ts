import { unlessDeleted } from '../kernel/event.ts'
import type { Snapshot } from '../kernel/snapshots.ts'
import { latest } from '../kernel/time.ts'
import { compareTexts } from '../kernel/values.ts'
import type { Draft, Drafts } from './draft-state.ts'
import { noDrafts } from './draft-state.ts'

/** Reads the drafts of customers: the desk, from their streams. */
type DraftReader = { read(category: 'draft', id: string): Promise<Pick<Snapshot<Drafts>, 'state'>> }

/** What ends or delays a draft under one of the ids of a person does so under all. */
type SharedDrafts = Pick<Drafts, 'isOff' | 'drafts' | 'silences' | 'draftedAt'>

/** The drafts of a person: what all of their ids share, and those of each. */
export type DraftsOfPerson = SharedDrafts & {
  /** By the id; without those whose streams were deleted. */
  readonly byId: ReadonlyMap<string, Drafts>
}

/** The drafts of a person under all of their ids, without those whose streams were deleted. */
export async function draftsOfPerson(desk: DraftReader, ids: readonly string[]): Promise<DraftsOfPerson> {
  const snapshots = await Promise.all(ids.map((id) => unlessDeleted(desk.read('draft', id), () => undefined)))
  const byId = new Map(
    ids.flatMap((id, index) => {
      const state = snapshots[index]?.state
      return state ? [[id, state] as const] : []
    }),
  )
  return { ...[...byId.values()].reduce<SharedDrafts>(mergeDrafts, noDrafts), byId }
}

/** The order in which drafts were suspected, the oldest first. */
export const bySuspicion = (one: Pick<Draft, 'suspectedAt'>, other: Pick<Draft, 'suspectedAt'>): number =>
  compareTexts(one.suspectedAt, other.suspectedAt)

const mergeDrafts = (drafts: SharedDrafts, merged: SharedDrafts): SharedDrafts => ({
  isOff: drafts.isOff || merged.isOff,
  drafts: [...merged.drafts, ...drafts.drafts].toSorted(bySuspicion),
  silences: [...drafts.silences, ...merged.silences],
  draftedAt:
    drafts.draftedAt && merged.draftedAt
      ? latest(drafts.draftedAt, merged.draftedAt)
      : (drafts.draftedAt ?? merged.draftedAt),
})
