import { z } from 'zod'
import { defineAggregate } from '../kernel/aggregate.ts'
import { defineCommand, senders } from '../kernel/command.ts'
import { defineEvent } from '../kernel/event.ts'
import { isDeepEqual } from '../kernel/fingerprint.ts'
import { limits } from '../kernel/limits.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import { chatLimits } from '../chat/vocabulary.ts'
import { id, line, priorities, text as textUpTo } from '../kernel/values.ts'
import type { CannedTarget } from './canned-reply.ts'
import { cannedTargets, cannedTexts, refusePlaceholders, shortcut } from './canned-reply.ts'

/** What a step of a macro does. */
export const macroActions = [
  'reply',
  'note',
  'categorize',
  'change_priority',
  'tag',
  'untag',
  'transfer',
  'wait',
  'resolve',
  'close',
  'convert',
] as const

type MacroAction = (typeof macroActions)[number]

/** The most steps of a macro. */
const mostSteps = 20

const stepSchema = z.strictObject({
  action: z.enum(macroActions).describe('What the step does.'),
  texts: cannedTexts.optional().describe('Of a reply: its text in each language.'),
  cannedReplyId: id.optional().describe('Of a reply: the canned reply that is sent, as it is when the macro is run.'),
  body: textUpTo(chatLimits.body).optional().describe('Of a note: its text, with placeholders.'),
  category: line(limits.name).optional().describe('The path of the category.'),
  priority: z.enum(priorities).optional().describe('The priority.'),
  tag: line(limits.tag).optional().describe('The tag.'),
  team: line(limits.name).optional().describe('The team that it is handed over to.'),
  subject: line(limits.subject)
    .optional()
    .describe('The subject of the ticket that a chat becomes, with placeholders.'),
  reason: textUpTo(limits.reason).optional().describe('The reason, or a note for the desk.'),
})

/** One step of a macro. */
export type MacroStep = z.output<typeof stepSchema>

const macroCommands = {
  save: defineCommand({
    description: 'Writes a macro: commands that are carried out together on a ticket or a chat.',
    schema: z.strictObject({
      type: z.literal('save'),
      target: z.enum(cannedTargets).describe('What it is run on.'),
      shortcut: shortcut.describe('What an agent types after `/`.'),
      title: line(limits.subject).describe('What it is for.'),
      steps: z.array(stepSchema).min(1).max(mostSteps).describe('The steps, in order; at most 20.'),
      team: line(limits.name).optional().describe('The team that it is for; any unless given.'),
    }),
    sentBy: senders.desk,
  }),
  remove: defineCommand({
    description: 'Removes a macro.',
    schema: z.strictObject({ type: z.literal('remove') }),
    sentBy: senders.desk,
  }),
} as const

const text = z.string()

/** The definition of every event of a macro. None is about a person. */
export const macroEvents = {
  MacroSaved: defineEvent({
    schema: z.object({
      target: z.enum(cannedTargets),
      shortcut: text,
      title: text,
      steps: z.array(
        z.object({
          action: z.enum(macroActions),
          texts: z.record(text, text).optional(),
          cannedReplyId: text.optional(),
          body: text.optional(),
          category: text.optional(),
          priority: z.enum(priorities).optional(),
          tag: text.optional(),
          team: text.optional(),
          subject: text.optional(),
          reason: text.optional(),
        }),
      ),
      team: text.optional(),
    }),
    personal: {},
  }),
  MacroRemoved: defineEvent({ schema: z.object({}), personal: {} }),
} as const

/** A macro that can be run. */
export type Macro = { readonly status: 'saved' } & z.output<typeof macroEvents.MacroSaved.schema>

type MacroState = { readonly status: 'absent' } | Macro

/** Macros: the streams `macro-<id>`. */
export const macroAggregate = defineAggregate({
  category: 'macro',
  id,
  commands: macroCommands,
  events: macroEvents,
  initial: { status: 'absent' },
  begunBy: ['save'],
  evolve: (_: MacroState, event): MacroState => {
    if (event.type === 'MacroRemoved') return { status: 'absent' }
    const { type: _type, at: _at, by: _by, ...saved } = event
    return { status: 'saved', ...saved }
  },
  rules: {
    save: ({ at, by, target, shortcut, title, steps, team }, state) => {
      for (const [index, step] of steps.entries()) {
        const refused = refuseStep(step, target, steps.slice(0, index))
        if (refused) return deny(refused)
      }
      const saved = { target, shortcut, title, steps: [...steps], ...(team !== undefined && { team }) }
      const isSame = isDeepEqual(state, { status: 'saved', ...saved })
      return accept(isSame ? [] : [{ type: 'MacroSaved', at, by, ...saved }])
    },
    remove: ({ at, by }) => accept([{ type: 'MacroRemoved', at, by }]),
  },
})

type Field = Exclude<keyof MacroStep, 'action'>

type ActionRule = {
  /** What it is run on. */
  readonly on: readonly CannedTarget[]
  /** The field that it cannot be without. */
  readonly needs?: Field
  /** The actions that may follow it on each target, at once or later; any unless given. */
  readonly allowsAfter?: Readonly<Partial<Record<CannedTarget, readonly MacroAction[]>>>
}

const descriptive: readonly MacroAction[] = ['note', 'categorize', 'tag', 'untag']

/** The order of steps follows the lifecycles: what may follow is what the target still takes, and what does not undo the step. */
const actions: Readonly<Record<MacroAction, ActionRule>> = {
  reply: { on: ['ticket', 'chat'] },
  note: { on: ['ticket', 'chat'], needs: 'body' },
  categorize: { on: ['ticket', 'chat'], needs: 'category' },
  change_priority: { on: ['ticket', 'chat'], needs: 'priority' },
  tag: { on: ['ticket'], needs: 'tag' },
  untag: { on: ['ticket'], needs: 'tag' },
  transfer: { on: ['ticket', 'chat'], needs: 'team' },
  wait: { on: ['ticket'], allowsAfter: { ticket: [...descriptive, 'change_priority', 'transfer'] } },
  resolve: { on: ['ticket'], allowsAfter: { ticket: [...descriptive, 'change_priority', 'reply', 'close'] } },
  close: { on: ['ticket', 'chat'], allowsAfter: { ticket: descriptive, chat: ['categorize', 'change_priority'] } },
  convert: { on: ['chat'], needs: 'subject', allowsAfter: { chat: [] } },
}

function refuseStep(step: MacroStep, target: CannedTarget, earlier: readonly MacroStep[]): Refusal | undefined {
  const index = earlier.length
  const { action, texts, cannedReplyId, body, subject } = step
  const { on, needs } = actions[action]
  const invalid = (field: string, why: string): Refusal =>
    refusal('macro_step_invalid', { message: `steps.${index}.${field}: ${why}`, field: `steps.${index}.${field}` })
  if (!on.includes(target)) return invalid('action', `a ${target} cannot ${inWords(action)}`)
  const barring = earlier.find((each) => actions[each.action].allowsAfter?.[target]?.includes(action) === false)
  if (barring) return invalid('action', `${inWords(action)} may not follow ${inWords(barring.action)}`)
  if (needs && step[needs] === undefined) return invalid(needs, 'is missing')
  if (action === 'reply' && (texts === undefined) === (cannedReplyId === undefined)) {
    return invalid('texts', 'a reply has either texts or a canned reply')
  }
  const written = { ...(body !== undefined && { body }), ...(subject !== undefined && { subject }) }
  return (texts && refusePlaceholders(texts, `steps.${index}.texts`)) ?? refusePlaceholders(written, `steps.${index}`)
}

const inWords = (action: MacroAction): string => action.replace('_', ' ')
