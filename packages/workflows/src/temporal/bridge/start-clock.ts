import type { Client } from '@temporalio/client'
import { clockId } from '../clock-state.ts'
import type { Installation } from '../installation.ts'
import type { ClockState } from '../workflow/clock-state.ts'
import { isClocked } from '../workflow/clock-state.ts'
import type { deadlineClock } from '../workflow/deadline-clock.ts'
import { firstAttributesOf } from '../workflow/search-attributes.ts'

/** A clock on which nothing falls due looks at its stream after so long at the latest. */
const longestDelayMs = 365 * 24 * 3_600_000

/** What is due goes ahead of what only leaves the last labels behind, on servers that know of priorities. */
const priorityKey = { due: 2, ended: 5 } as const

/**
 * Starts the clock of a stream as it stands, in place of the one that runs: the server lets it do nothing before its next deadline.
 * Where the stream is to have none, the one in place only leaves the last labels behind.
 */
export async function startClock(
  client: Client,
  { id, taskQueue }: Installation,
  state: ClockState,
  now = Date.now(),
): Promise<void> {
  const [next] = state.deadlines
  const clocked = isClocked(state)
  const remaining = next ? Date.parse(next.dueAt) - now : longestDelayMs
  const startDelay = clocked ? Math.max(0, Math.min(remaining, longestDelayMs)) : 0
  await client.workflow.start<typeof deadlineClock>('deadlineClock', {
    workflowId: clockId(state.stream, id),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    taskQueue,
    args: [state],
    ...(startDelay > 0 && { startDelay }),
    typedSearchAttributes: firstAttributesOf(state),
    priority: { priorityKey: clocked ? priorityKey.due : priorityKey.ended },
    staticSummary: next ? `${next.kind} due ${next.dueAt}` : 'Nothing falls due.',
    staticDetails: detailsOf(state),
  })
}

/** In Markdown: the UI shows it, though no code of the workflow has run. */
const detailsOf = ({ stream, deadlines }: ClockState): string =>
  deadlines.length === 0
    ? `Nothing falls due on \`${stream}\`.`
    : [
        `Waits for what falls due on \`${stream}\`:`,
        '',
        ...deadlines.map(({ kind, dueAt, cycle }) => `- \`${kind}\` due ${dueAt}, cycle ${cycle}`),
      ].join('\n')
