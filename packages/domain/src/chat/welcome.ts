import { z } from 'zod'
import type { CannedValues } from '../wording/placeholders.ts'
import { nameValues, renderCannedText, unknownPlaceholders } from '../wording/placeholders.ts'
import { language, line, nameSchema, text as textUpTo } from '../kernel/values.ts'
import type { TicketPolicy } from '../ticket/policy.ts'
import { languageFor } from '../wording/wording.ts'
import type { ChatCommandOf } from './commands.ts'
import { chatChannels, chatLimits } from './vocabulary.ts'

/** The placeholders of a welcome: those that have a value when a chat starts. */
const placeholders: ReadonlySet<string> = new Set([
  'customer.name',
  'customer.firstName',
  'customer.plan',
  'customer.alerts',
  'customer.criticalAlerts',
  'chat.page',
  'desk.signature',
])

const namesIn = (text: string): readonly string[] => unknownPlaceholders(text, placeholders)

/** One row of the table of welcomes: the chats it is for, and its text in each language. */
const welcomeSchema = z.strictObject({
  applies: z
    .strictObject({
      channels: z.array(z.enum(chatChannels)).min(1).optional(),
      plans: z.array(nameSchema).min(1).max(50).optional(),
      /** The beginning of the page on which the chat starts, such as `/checkout`. */
      page: line(500).optional(),
      /** Only customers with an active alert, or with a critical one. */
      alerts: z.enum(['active', 'critical']).optional(),
    })
    .prefault({}),
  texts: z
    .record(
      language,
      textUpTo(chatLimits.body).refine((text) => namesIn(text).length === 0, {
        error: ({ input }) => `there is no placeholder {{${namesIn(String(input))[0]}}} in a welcome`,
      }),
    )
    .refine((texts) => Object.keys(texts).length > 0, 'must be in at least one language'),
})

/** The automatic first messages of chats: the first that applies is sent. None by default. */
export const welcomesSchema = z.array(welcomeSchema).max(100).default([])

/** The text with which a customer is welcomed; undefined where no row applies. */
export function welcomeText(
  welcomes: z.output<typeof welcomesSchema>,
  { customer, channel, plan, context, alerts, language: chatLanguage }: ChatCommandOf<'start'>,
  { defaultLanguage, signature }: Pick<TicketPolicy, 'defaultLanguage' | 'signature'>,
): string | undefined {
  const page = context?.page
  const welcome = welcomes.find(
    ({ applies }) =>
      (applies.channels?.includes(channel) ?? true) &&
      (applies.plans === undefined || (plan !== undefined && applies.plans.includes(plan))) &&
      (applies.page === undefined || (page?.startsWith(applies.page) ?? false)) &&
      (applies.alerts === undefined || (alerts?.[applies.alerts] ?? 0) > 0),
  )
  if (!welcome) return undefined
  const { texts } = welcome
  const values: CannedValues = {
    ...nameValues(customer, {}),
    'customer.plan': plan,
    'customer.alerts': alerts?.active.toString(),
    'customer.criticalAlerts': alerts?.critical.toString(),
    'chat.page': page,
    'desk.signature': signature,
  }
  return renderCannedText(texts[languageFor(texts, chatLanguage ?? defaultLanguage, defaultLanguage)] ?? '', values)
}
