import { z } from 'zod'
import type { EventCatalogue } from '../kernel/catalogue.ts'
import type { Aggregate } from '../kernel/decider.ts'
import type { Instant } from '../kernel/instant.ts'
import type { EventOf } from '../kernel/message-types.ts'
import { catalogueOf } from '../kernel/message-types.ts'
import { refusal } from '../kernel/refusal.ts'
import { accept, deny } from '../kernel/result.ts'
import { limits, line } from '../ticket/vocabulary.ts'

const count = z.int().nonnegative()
const figures = { rows: count, applied: count, unchanged: count, refused: count }

/** What became of the rows of an import: `rows` = `applied` + `unchanged` + `refused`. */
export type ImportFigures = Readonly<z.infer<z.ZodObject<typeof figures>>>

const schemas = {
  ImportStarted: z.object({ source: z.string(), mapping: z.string() }),
  ImportCompleted: z.object(figures),
  ImportAbandoned: z.object({}),
  ImportResumed: z.object({}),
} as const
export type ImportEvent = EventOf<typeof schemas>

/** The import's part of the event catalogue. */
export const importEvents: EventCatalogue = catalogueOf(schemas)

/** Any command of an import, checked. */
export const importCommandSchema = z.discriminatedUnion('type', [
  /** `source` names what is read, such as a file; `mapping` how it is read. */
  z.strictObject({ type: z.literal('start'), source: line(limits.reason), mapping: line(limits.name) }),
  z
    .strictObject({ type: z.literal('complete'), ...figures })
    .refine(({ rows, applied, unchanged, refused }) => rows === applied + unchanged + refused, {
      message: 'must be applied + unchanged + refused',
      path: ['rows'],
    }),
  /** Nobody will complete it: what has come in stays, and its tickets' clocks go on. */
  z.strictObject({ type: z.literal('abandon') }),
])
export type ImportCommand = Readonly<z.infer<typeof importCommandSchema>>

export type ImportState =
  | { readonly status: 'absent' }
  | (Begun & { readonly status: 'running' })
  | (Begun & { readonly status: 'abandoned'; readonly endedAt: Instant })
  | (Begun & { readonly status: 'completed'; readonly endedAt: Instant; readonly figures: ImportFigures })
type Begun = { readonly source: string; readonly mapping: string }

export type ImportAggregate = Aggregate<ImportCommand, ImportEvent, ImportState>

/**
 * The history of a former helpdesk on its way in: the streams `import-<import id>`. A second run of the same import
 * starts and completes nothing anew; starting one that was abandoned resumes it.
 */
export const importAggregate: ImportAggregate = {
  category: 'import',
  initial: { status: 'absent' },
  evolve: (state, event) => {
    if (event.type === 'ImportStarted') {
      return { status: 'running', source: event.source, mapping: event.mapping }
    }
    if (state.status === 'absent') return state
    const { source, mapping } = state
    if (event.type === 'ImportResumed') return { status: 'running', source, mapping }
    const endedAt = event.at
    if (event.type === 'ImportAbandoned') return { status: 'abandoned', source, mapping, endedAt }
    const { rows, applied, unchanged, refused } = event
    return { status: 'completed', source, mapping, endedAt, figures: { rows, applied, unchanged, refused } }
  },
  decide: (command, state) => {
    const { at, by } = command
    if (command.type === 'start') {
      const { source, mapping } = command
      if (state.status === 'abandoned') return accept([{ type: 'ImportResumed', at, by }])
      return accept(state.status === 'absent' ? [{ type: 'ImportStarted', at, by, source, mapping }] : [])
    }
    if (state.status === 'absent') return deny(refusal('import_not_found'))
    if (command.type === 'abandon') {
      return accept(state.status === 'running' ? [{ type: 'ImportAbandoned', at, by }] : [])
    }
    const { rows, applied, unchanged, refused } = command
    return accept(
      state.status === 'completed' ? [] : [{ type: 'ImportCompleted', at, by, rows, applied, unchanged, refused }],
    )
  },
  creates: (command) => command.type === 'start',
}
