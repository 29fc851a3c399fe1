import type { Aggregate, DomainEvent, ImportEvent } from '@guichet/domain'
import { holdsTickets, importIdOf, parseStream } from '@guichet/domain'
import type { ProjectionContext, RecordedEvent } from '../runner/projection.ts'
import type { StreamFolding } from './stream-folding.ts'
import { createStreamFolding } from './stream-folding.ts'

type EndedImports = {
  /** The imports that have ended among those of the batch and `others`; they hold no tickets. */
  readonly ended: ReadonlySet<string>
  /** The imports that the batch itself ends: completed, or abandoned and so never to be completed. */
  readonly endedNow: readonly string[]
  /** The abandoned imports that are resumed by the end of the batch. */
  readonly resumedNow: readonly string[]
}

/** Whether imports have ended. */
export type ImportFolding = StreamFolding<ImportEvent, boolean>

/** Folds imports for every read model whose rows they hold. */
export const createImportFolding = (): ImportFolding =>
  createStreamFolding<ImportEvent, boolean>({
    category: 'import',
    initial: false,
    evolve: (ended, { event }) => {
      const holds = holdsTickets(event)
      return holds === undefined ? ended : !holds
    },
  })

/**
 * Which imports have ended right after a batch.
 * @param others further imports to look up.
 */
export async function findEndedImports(
  imports: ImportFolding,
  events: readonly RecordedEvent[],
  context: ProjectionContext,
  others: readonly string[] = [],
): Promise<EndedImports> {
  const changed = changesOfImports(events)
  const endedNow = [...changed].flatMap(([id, change]) => (change === 'ended' ? [id] : []))
  const resumedNow = [...changed].flatMap(([id, change]) => (change === 'resumed' ? [id] : []))
  const ids = new Set([...others, ...events.flatMap(({ correlationId }) => importIdOf(correlationId) ?? [])])
  const states = await imports.statesAfter([...ids], events, context)
  return { ended: new Set([...states].flatMap(([id, ended]) => (ended ? [id] : []))), endedNow, resumedNow }
}

/** A folded state, and the import that the last event of its stream came in with. */
export type ImportedState<S> = { readonly state: S; readonly importedBy: string | undefined }

/** Folds the streams of an aggregate with the domain's own fold, and the import that the last event of each came in with. */
export const foldingOf = <E extends DomainEvent, S>({
  category,
  initial,
  evolve,
}: Pick<Aggregate<never, E, S>, 'category' | 'initial' | 'evolve'>): StreamFolding<E, ImportedState<S>> =>
  createStreamFolding<E, ImportedState<S>>({
    category,
    initial: { state: initial, importedBy: undefined },
    evolve: ({ state }, { event, correlationId }) => ({
      state: evolve(state, event),
      importedBy: importIdOf(correlationId),
    }),
  })

/** Whether an event ends or resumes an import. */
export const changesImport = ({ event }: RecordedEvent): boolean => holdsTickets(event) !== undefined

/** The last change of each import. */
function changesOfImports(events: readonly RecordedEvent[]): ReadonlyMap<string, 'ended' | 'resumed'> {
  const changes = new Map<string, 'ended' | 'resumed'>()
  for (const { event, stream } of events) {
    const holds = holdsTickets(event)
    if (holds !== undefined) changes.set(parseStream(stream).id, holds ? 'resumed' : 'ended')
  }
  return changes
}
