import { z } from 'zod'
import { defineAggregate } from './kernel/aggregate.ts'
import type { CommandOf } from './kernel/command.ts'
import { defineCommand, senders } from './kernel/command.ts'
import type { EventOf } from './kernel/event.ts'
import { defineEvent } from './kernel/event.ts'
import { limits } from './kernel/limits.ts'
import { accept, deny, refusal } from './kernel/refusal.ts'
import type { Instant } from './kernel/time.ts'
import { id, line } from './kernel/values.ts'

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

/** Any event of an import. */
export type ImportEvent = EventOf<typeof importEvents>

/** The definition of every command of an import. */
const importCommands = {
  start: defineCommand({
    description: 'Begins an import: `source` names what is read, such as a file, and `mapping` how it is read.',
    schema: z.strictObject({ type: z.literal('start'), source: line(limits.reason), mapping: line(limits.name) }),
    sentBy: senders.desk,
  }),
  resume: defineCommand({
    description: 'Adds rows to an import that has ended: its tickets are paused until it is completed once more.',
    schema: z.strictObject({ type: z.literal('resume') }),
    sentBy: senders.desk,
  }),
  complete: defineCommand({
    description: 'Completes an import, with the numbers of its rows.',
    schema: z
      .strictObject({ type: z.literal('complete'), ...figures })
      .refine(({ rows, applied, unchanged, refused }) => rows === applied + unchanged + refused, {
        message: 'must be applied + unchanged + refused',
        path: ['rows'],
      }),
    sentBy: senders.desk,
  }),
  startCorrection: defineCommand({
    description: 'Begins to import cases again, before their tickets are withdrawn.',
    schema: z.strictObject({ type: z.literal('startCorrection') }),
    sentBy: senders.desk,
  }),
  completeCorrection: defineCommand({
    description: 'Ends that cases are imported again, after their rows.',
    schema: z.strictObject({ type: z.literal('completeCorrection') }),
    sentBy: senders.desk,
  }),
  abandon: defineCommand({
    description: 'Gives an import up: imported rows stay, and the clocks of its tickets resume.',
    schema: z.strictObject({ type: z.literal('abandon') }),
    sentBy: senders.desk,
  }),
  startWithdrawal: defineCommand({
    description: 'Begins to undo an import, before its tickets are withdrawn.',
    schema: z.strictObject({ type: z.literal('startWithdrawal') }),
    sentBy: senders.desk,
  }),
  completeWithdrawal: defineCommand({
    description: 'Ends that an import is undone, after its tickets were withdrawn.',
    schema: z.strictObject({ type: z.literal('completeWithdrawal'), tickets: count, kept: count }),
    sentBy: senders.desk,
  }),
} as const

/** Any command of an import, checked and with its defaults. */
export type ImportCommand = CommandOf<typeof importCommands>

type ImportOrigin = { readonly source: string; readonly mapping: string }

/** `correcting`: tickets were withdrawn to be imported again, and not all of their rows have been read again. */
type ImportFacts = ImportOrigin & { readonly correcting?: true }

/** The state of an import; `absent` before it begins. */
export type ImportState =
  | { readonly status: 'absent' }
  | (ImportFacts & { readonly status: 'running' })
  | (ImportFacts & { readonly status: 'abandoned'; readonly endedAt: Instant })
  | (ImportOrigin & { readonly status: 'withdrawing' })
  | (ImportOrigin & { readonly status: 'withdrawn'; readonly endedAt: Instant })
  | (ImportOrigin & { readonly status: 'completed'; readonly endedAt: Instant; readonly figures: ImportFigures })

const isCorrecting = (state: ImportState): boolean => 'correcting' in state && state.correcting !== undefined

function evolve(state: ImportState, event: ImportEvent): ImportState {
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
}

/**
 * An import of a former helpdesk's history: the streams `import-<import id>`. A second run of the same import starts
 * and completes nothing; starting one that was abandoned or withdrawn resumes it.
 */
export const importAggregate = defineAggregate({
  category: 'import',
  id,
  commands: importCommands,
  events: importEvents,
  initial: { status: 'absent' },
  begunBy: ['start'],
  notFound: 'import_not_found',
  evolve,
  first: ({ type }, { status }) =>
    status === 'withdrawing' && type !== 'startWithdrawal' && type !== 'completeWithdrawal'
      ? deny(refusal('import_withdrawing'))
      : undefined,
  rules: {
    start: ({ at, by, source, mapping }, { status }) => {
      if (status === 'absent') return accept([{ type: 'ImportStarted', at, by, source, mapping }])
      if (status === 'withdrawn') return accept([{ type: 'ImportResumed', at, by, source, mapping }])
      return accept(status === 'abandoned' ? [{ type: 'ImportResumed', at, by }] : [])
    },

    resume: ({ at, by }, { status }) => accept(status === 'running' ? [] : [{ type: 'ImportResumed', at, by }]),

    abandon: ({ at, by }, { status }) => accept(status === 'running' ? [{ type: 'ImportAbandoned', at, by }] : []),

    startCorrection: ({ at, by }, state) => {
      if (state.status !== 'running') return deny(refusal('import_not_open'))
      return accept(isCorrecting(state) ? [] : [{ type: 'ImportCorrectionStarted', at, by }])
    },

    completeCorrection: ({ at, by }, state) =>
      accept(state.status === 'running' && isCorrecting(state) ? [{ type: 'ImportCorrectionCompleted', at, by }] : []),

    startWithdrawal: ({ at, by }, { status }) =>
      accept(status === 'withdrawing' || status === 'withdrawn' ? [] : [{ type: 'ImportWithdrawalStarted', at, by }]),

    completeWithdrawal: ({ at, by, tickets, kept }, { status }) =>
      accept(status === 'withdrawing' ? [{ type: 'ImportWithdrawn', at, by, tickets, kept }] : []),

    complete: ({ at, by, rows, applied, unchanged, refused }, state) => {
      if (state.status === 'withdrawn') return deny(refusal('import_not_open'))
      if (isCorrecting(state)) return deny(refusal('import_correcting'))
      return accept(
        state.status === 'completed' ? [] : [{ type: 'ImportCompleted', at, by, rows, applied, unchanged, refused }],
      )
    },
  },
})

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
