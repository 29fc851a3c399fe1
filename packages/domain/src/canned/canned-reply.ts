import { z } from 'zod'
import { defineAggregate } from '../kernel/aggregate.ts'
import { defineCommand, senders } from '../kernel/command.ts'
import { defineEvent } from '../kernel/event.ts'
import { isDeepEqual } from '../kernel/fingerprint.ts'
import { limits } from '../kernel/limits.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import { chatLimits } from '../chat/vocabulary.ts'
import { id, language, line, text as textUpTo } from '../kernel/values.ts'
import { unknownPlaceholders } from '../wording/placeholders.ts'

/** Where a canned reply or a macro may be used. */
export const cannedTargets = ['ticket', 'chat'] as const

/** Where a canned reply can be used: on tickets, in chats or both. */
export type CannedTarget = (typeof cannedTargets)[number]

/** A shortcut, as an agent types it after `/`. */
export const shortcut = z
  .string()
  .max(50)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}_-]*$/u, 'must be letters, digits, _ and -')

/** Texts by language: at least one, at most 50. */
export const cannedTexts = z
  .record(language.describe('The language.'), textUpTo(chatLimits.body).describe('The text, with placeholders.'))
  .refine((texts) => {
    const count = Object.keys(texts).length
    return count >= 1 && count <= 50
  }, 'must be in 1 to 50 languages')
  .describe('The text in each language.')

const details = {
  shortcut: shortcut.describe('What an agent types after `/`.'),
  title: line(limits.subject).describe('What it is for.'),
  texts: cannedTexts,
  category: line(limits.name).optional().describe('The path of the category that it is for; any unless given.'),
  team: line(limits.name).optional().describe('The team that it is for; any unless given.'),
  targets: z
    .array(z.enum(cannedTargets))
    .min(1)
    .max(cannedTargets.length)
    .default([...cannedTargets])
    .describe('Where it is used; everywhere unless given.'),
} as const

const cannedReplyCommands = {
  save: defineCommand({
    description: 'Writes a canned reply, or replaces what it says.',
    schema: z.strictObject({ type: z.literal('save'), ...details }),
    sentBy: senders.desk,
  }),
  remove: defineCommand({
    description: 'Removes a canned reply.',
    schema: z.strictObject({ type: z.literal('remove') }),
    sentBy: senders.desk,
  }),
} as const

const text = z.string()

/** The definition of every event of a canned reply. None is about a person. */
export const cannedReplyEvents = {
  CannedReplySaved: defineEvent({
    schema: z.object({
      shortcut: text,
      title: text,
      texts: z.record(text, text),
      category: text.optional(),
      team: text.optional(),
      targets: z.array(z.enum(cannedTargets)),
    }),
    personal: {},
  }),
  CannedReplyRemoved: defineEvent({ schema: z.object({}), personal: {} }),
} as const

/** A canned reply that can be used. */
export type CannedReply = { readonly status: 'saved' } & z.output<typeof cannedReplyEvents.CannedReplySaved.schema>

type CannedReplyState = { readonly status: 'absent' } | CannedReply

/** Canned replies: the streams `cannedReply-<id>`. Teams write them every day, so each change has a date and an author. */
export const cannedReplyAggregate = defineAggregate({
  category: 'cannedReply',
  id,
  commands: cannedReplyCommands,
  events: cannedReplyEvents,
  initial: { status: 'absent' },
  begunBy: ['save'],
  evolve: (_: CannedReplyState, event): CannedReplyState => {
    if (event.type === 'CannedReplyRemoved') return { status: 'absent' }
    const { type: _type, at: _at, by: _by, ...saved } = event
    return { status: 'saved', ...saved }
  },
  rules: {
    save: ({ at, by, shortcut, title, texts, category, team, targets }, state) => {
      const refused = refusePlaceholders(texts, 'texts')
      if (refused) return deny(refused)
      const saved = {
        shortcut,
        title,
        texts,
        ...(category !== undefined && { category }),
        ...(team !== undefined && { team }),
        targets,
      }
      const isSame = isDeepEqual(state, { status: 'saved', ...saved })
      return accept(isSame ? [] : [{ type: 'CannedReplySaved', at, by, ...saved }])
    },
    remove: ({ at, by }) => accept([{ type: 'CannedReplyRemoved', at, by }]),
  },
})

/** Refuses texts with unknown placeholders: a customer must never read one. */
export function refusePlaceholders(texts: Readonly<Record<string, string>>, field: string): Refusal | undefined {
  for (const [name, body] of Object.entries(texts)) {
    const [unknown] = unknownPlaceholders(body)
    if (unknown === undefined) continue
    const message = `${field}.${name}: there is no placeholder {{${unknown}}}`
    return refusal('placeholder_unknown', { message, field: `${field}.${name}` })
  }
  return undefined
}
