import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  patched,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import { lookAtStream } from './look-at-stream.ts'
import { attributesOf } from './search-attributes.ts'
import type { StreamChange } from './stream-change.ts'
import { isClocked, supersedes } from './stream-change.ts'

/** Tells a clock what stands on its stream now. */
export const changed = defineSignal<[StreamChange]>('changed')

/** Asks a clock what it knows. */
export const standing = defineQuery<StreamChange>('standing')

const longestWaitMs = 365 * 24 * 3_600_000

/**
 * The clock of one stream: waits for its next deadline, lets it take effect, and goes on with what stands then. While nothing falls due
 * and operators look for it all the same, it waits for news alone. Ends when neither is so; the next change starts it anew. Its events are those of the waiting alone, for what is true is in the store.
 */
export async function streamClock(start: StreamChange): Promise<void> {
  let known = start
  let shown = start
  let news = false
  setHandler(changed, (change) => {
    if (!supersedes(change, known)) return
    known = change
    news = true
  })
  setHandler(standing, () => known)

  for (;;) {
    show(known, shown)
    shown = known
    news = false
    const [next] = known.deadlines
    if (!next && !(isClocked(known) && patched('kept-for-operators'))) return
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished)
      await continueAsNew<typeof streamClock>(known)
    }
    if (!next) {
      await condition(() => news)
      continue
    }
    const remaining = Date.parse(next.dueAt) - Date.now()
    if (remaining > 0) {
      await condition(() => news, Math.max(1, Math.min(remaining, longestWaitMs)))
      continue
    }
    const now = await lookAtStream(known.stream, next.dueAt, () => news)
    if (now && (!news || now.version > known.version)) known = { ...now, order: known.order }
  }
}

function show(change: StreamChange, shown: StreamChange): void {
  const attributes = attributesOf(change)
  if (attributes.length > 0 && JSON.stringify(attributes) !== JSON.stringify(attributesOf(shown))) {
    upsertSearchAttributes(attributes)
  }
  setCurrentDetails(
    change.deadlines.length === 0
      ? 'Nothing falls due.'
      : change.deadlines.map(({ kind, dueAt, cycle }) => `- \`${kind}\` due ${dueAt}, cycle ${cycle}`).join('\n'),
  )
}
