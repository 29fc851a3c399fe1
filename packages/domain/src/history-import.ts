import { z } from 'zod'
import type { Aggregate } from './kernel/decider.ts'
import type { EventOf } from './kernel/event.ts'
import { defineEvent } from './kernel/event.ts'
import { accept, deny, refusal } from './kernel/refusal.ts'
import type { Instant } from './kernel/time.ts'
import { line } from './kernel/values.ts'
import { limits } from './ticket/vocabulary.ts'

const count = z.int().nonnegative()
const figures = { rows: count, applied: count, unchanged: count, refused: count }
const text = z.string()

/** The numbers of rows of an import: `rows` = `applied` + `unchanged` + `refused`. */
export type ImportFigures = Readonly<z.infer<z.ZodObject<typeof figures>>>

/** The definition of every event of an import: the import's part of the event catalogue. */
export const importEvents = {
  ImportStarted: defineEvent({ schema: z.object({ source: text, mapping: text }), personal: {} }),
  ImportCompleted: defineEvent({ schema: z.object(figures), personal: {} }),
  ImportAbandoned: defineEvent({ schema: z.object({}), personal: {} }),
  /** `source` and `mapping`: what is now read and how, where the command gives them. */
  ImportResumed: defineEvent({
    schema: z.object({ source: text.optional(), mapping: text.optional() }),
    personal: {},
  }),
  /** Cases are imported again: their present tickets are withdrawn first. */
  ImportCorrectionStarted: defineEvent({ schema: z.object({}), personal: {} }),
  /** Every row of these cases has been read again. */
  ImportCorrectionCompleted: defineEvent({ schema: z.object({}), personal: {} }),
  /** The import is being undone: its tickets are withdrawn one by one. */
  ImportWithdrawalStarted: defineEvent({ schema: z.object({}), personal: {} }),
  /** `kept`: how many stay, since somebody began to work on them during the withdrawal or their streams were deleted. */
  ImportWithdrawn: defineEvent({ schema: z.object({ tickets: count, kept: count }), personal: {} }),
} as const

export type ImportEvent = EventOf<typeof importEvents>

/** Any command of an import, checked. */
export const importCommandSchema = z.discriminatedUnion('type', [
  /** `source` names what is read, such as a file; `mapping` how it is read. */
  z.strictObject({ type: z.literal('start'), source: line(limits.reason), mapping: line(limits.name) }),
  /** Further rows follow for an import that has ended: its tickets are paused again until it is completed once more. */
  z.strictObject({ type: z.literal('resume') }),
  z
    .strictObject({ type: z.literal('complete'), ...figures })
    .refine(({ rows, applied, unchanged, refused }) => rows === applied + unchanged + refused, {
      message: 'must be applied + unchanged + refused',
      path: ['rows'],
    }),
  /**
   * Cases are imported again: `startCorrection` before their tickets are withdrawn, `completeCorrection` after their
   * rows.
   */
  z.strictObject({ type: z.literal('startCorrection') }),
  z.strictObject({ type: z.literal('completeCorrection') }),
  /** It will not be completed: imported rows stay, and the clocks of its tickets resume. */
  z.strictObject({ type: z.literal('abandon') }),
  /** It is undone: `startWithdrawal` before its tickets are withdrawn, `completeWithdrawal` after. */
  z.strictObject({ type: z.literal('startWithdrawal') }),
  z.strictObject({ type: z.literal('completeWithdrawal'), tickets: count, kept: count }),
])

export type ImportCommand = Readonly<z.infer<typeof importCommandSchema>>

type Begun = { readonly source: string; readonly mapping: string }

/** `correcting`: tickets were withdrawn to be imported again, and not all of their rows have been read again. */
type Open = Begun & { readonly correcting?: true }

export type ImportState =
  | { readonly status: 'absent' }
  | (Open & { readonly status: 'running' })
  | (Open & { readonly status: 'abandoned'; readonly endedAt: Instant })
  | (Begun & { readonly status: 'withdrawing' })
  | (Begun & { readonly status: 'withdrawn'; readonly endedAt: Instant })
  | (Begun & { readonly status: 'completed'; readonly endedAt: Instant; readonly figures: ImportFigures })

export type ImportAggregate = Aggregate<ImportCommand, ImportEvent, ImportState>

const isCorrecting = (state: ImportState): boolean => 'correcting' in state && state.correcting !== undefined

/**
 * An import of a former helpdesk's history: the streams `import-<import id>`. A second run of the same import starts
 * and completes nothing; starting one that was abandoned or withdrawn resumes it.
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
    const endedAt = event.at
    const correction = isCorrecting(state) ? { correcting: true as const } : {}
    switch (event.type) {
      case 'ImportResumed':
        return {
          status: 'running',
          source: event.source ?? source,
          mapping: event.mapping ?? mapping,
          ...correction,
        }
      case 'ImportCorrectionStarted':
        return { status: 'running', source, mapping, correcting: true }
      case 'ImportCorrectionCompleted':
        return { status: 'running', source, mapping }
      case 'ImportWithdrawalStarted':
        return { status: 'withdrawing', source, mapping }
      case 'ImportAbandoned':
        return { status: 'abandoned', source, mapping, endedAt, ...correction }
      case 'ImportWithdrawn':
        return { status: 'withdrawn', source, mapping, endedAt }
      case 'ImportCompleted': {
        const { rows, applied, unchanged, refused } = event
        return { status: 'completed', source, mapping, endedAt, figures: { rows, applied, unchanged, refused } }
      }
    }
  },
  decide: (command, state) => {
    const { at, by } = command
    if (state.status === 'absent') {
      if (command.type !== 'start') return deny(refusal('import_not_found'))
      return accept([{ type: 'ImportStarted', at, by, source: command.source, mapping: command.mapping }])
    }
    const { status } = state
    if (status === 'withdrawing' && command.type !== 'startWithdrawal' && command.type !== 'completeWithdrawal') {
      return deny(refusal('import_withdrawing'))
    }
    switch (command.type) {
      case 'start': {
        const { source, mapping } = command
        if (status === 'withdrawn') return accept([{ type: 'ImportResumed', at, by, source, mapping }])
        return accept(status === 'abandoned' ? [{ type: 'ImportResumed', at, by }] : [])
      }
      case 'resume':
        return accept(status === 'running' ? [] : [{ type: 'ImportResumed', at, by }])
      case 'abandon':
        return accept(status === 'running' ? [{ type: 'ImportAbandoned', at, by }] : [])
      case 'startCorrection': {
        if (status !== 'running') return deny(refusal('import_not_open'))
        return accept(isCorrecting(state) ? [] : [{ type: 'ImportCorrectionStarted', at, by }])
      }
      case 'completeCorrection':
        return accept(
          status === 'running' && isCorrecting(state) ? [{ type: 'ImportCorrectionCompleted', at, by }] : [],
        )
      case 'startWithdrawal':
        return accept(
          status === 'withdrawing' || status === 'withdrawn' ? [] : [{ type: 'ImportWithdrawalStarted', at, by }],
        )
      case 'completeWithdrawal': {
        const { tickets, kept } = command
        return accept(status === 'withdrawing' ? [{ type: 'ImportWithdrawn', at, by, tickets, kept }] : [])
      }
      case 'complete': {
        const { rows, applied, unchanged, refused } = command
        if (status === 'withdrawn') return deny(refusal('import_not_open'))
        if (isCorrecting(state)) return deny(refusal('import_correcting'))
        return accept(
          status === 'completed' ? [] : [{ type: 'ImportCompleted', at, by, rows, applied, unchanged, refused }],
        )
      }
    }
  },
  creates: (command) => command.type === 'start',
}

const prefix = 'import/'

/** The correlation id of every command that an import sends: it marks the events as imported history. */
export const importCorrelation = (importId: string): string => `${prefix}${importId}`

/** The import that an event belongs to; undefined for an event of the desk's own. */
export function importIdOf(correlationId: string): string | undefined {
  return correlationId.length > prefix.length && correlationId.startsWith(prefix)
    ? correlationId.slice(prefix.length)
    : undefined
}

/** Whether an event of an import makes it hold its tickets or release them; undefined for neither. */
export function holdsTickets(event: { readonly type: string }): boolean | undefined {
  return holding.get(event.type)
}

const holding: ReadonlyMap<string, boolean> = new Map([
  ['ImportResumed', true],
  ['ImportWithdrawalStarted', true],
  ['ImportCompleted', false],
  ['ImportAbandoned', false],
  ['ImportWithdrawn', false],
])
