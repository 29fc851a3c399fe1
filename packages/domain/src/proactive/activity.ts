import { z } from 'zod'
import type { Instant } from '../kernel/time.ts'
import { days, instantSchema, msOf, sinceEpoch } from '../kernel/time.ts'
import { describeIssue } from '../kernel/validation.ts'
import { cutTo, isBlank, line, nameSchema } from '../kernel/values.ts'

/** The kinds of activities that the product defines (source: 002, « Base de Données »); a desk may add its own. */
export const activityKinds = [
  'page_view',
  'faq_search',
  'form_error',
  'login_failed',
  'error_occurred',
  'timeout_occurred',
] as const

/** A kind of activity that the product defines. */
export type ActivityKind = (typeof activityKinds)[number]

/** The kind of searches in the help; they have no code, so that it is their fingerprint too. */
export const searchKind: ActivityKind = 'faq_search'

/** Whether a name is a kind of activity that the product defines. */
export const isActivityKind = (name: string): name is ActivityKind =>
  (activityKinds as readonly string[]).includes(name)

/**
 * The limits of activities: how many one batch has, the lengths of texts in characters, the fields of a detail, and the
 * kinds of a desk's own. `trouble` is the longest that codes of a detail give together, where `:id` may have made them
 * longer than they were: what is beyond is cut. `fingerprint` is the longest of a kind with such a code.
 */
export const activityLimits = {
  batch: 100,
  address: 2_000,
  page: 500,
  code: 100,
  trouble: 302,
  fingerprint: 400,
  text: 500,
  fields: 20,
  kinds: 50,
} as const

/** A product's own name for something, such as `E_PAYMENT` or `signup.email`: no text that a person has written. */
const code = z
  .string()
  .regex(/^[\w.:/-]{1,100}$/, `must be 1 to ${activityLimits.code} letters without accents, digits, _ . : / or -`)

const milliseconds = z.int().nonnegative().max(days(1))

/** The detail of each kind, with its limits. */
const detailSchemas = {
  page_view: z.strictObject({}),
  faq_search: z.strictObject({
    query: line(activityLimits.text).describe('What was searched for.'),
    results: z.int().nonnegative().max(1_000_000).optional().describe('How many articles there were.'),
    opened: z.boolean().default(false).describe('Whether one of them was opened.'),
  }),
  form_error: z.strictObject({
    form: code.describe('The form.'),
    field: code.optional().describe('The field that was refused.'),
    code: code.optional().describe('The code of the error.'),
  }),
  login_failed: z.strictObject({ code: code.optional().describe('The code of the error.') }),
  error_occurred: z.strictObject({
    code: code.describe('The code or the class of the error.'),
    message: line(activityLimits.text).optional().describe('Its message.'),
  }),
  timeout_occurred: z.strictObject({
    operation: code.describe('The operation that took too long.'),
    afterMs: milliseconds.optional().describe('After how many milliseconds it was given up.'),
  }),
} as const satisfies Readonly<Record<ActivityKind, z.ZodType<object>>>

/** The detail of a kind of the desk's own: flat; `code` is what makes two of them the same trouble. */
const otherDetailSchema = z
  .record(nameSchema, z.union([line(activityLimits.text), z.number(), z.boolean()]))
  .refine((detail) => detail.code === undefined || code.safeParse(detail.code).success, {
    path: ['code'],
    message: 'must be a code as those of errors',
  })

type Detail = Readonly<Record<string, unknown>>

/** Whether a value may be a detail. Its fields are checked with its kind. */
function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An activity as a product reports it. */
const reportedActivity = z.strictObject({
  id: z
    .string()
    .regex(/^[\w-]{8,64}$/, 'must be 8 to 64 letters without accents, digits, _ or -')
    .describe('Chosen by the sender: an activity that is sent again under its id is stored once.'),
  kind: nameSchema.describe('What happened: a kind of the product, or one that the desk has added.'),
  at: instantSchema.describe('When it happened, by the clock of the sender.'),
  page: line(activityLimits.address)
    .optional()
    .describe('The page. Its query, its fragment, numbers, ids, tokens and addresses in its path are not stored.'),
  version: code.optional().describe('The version of the product that reports.'),
  detail: z.custom<Detail>(isObject, 'must be an object').default({}).describe('What belongs to the kind.'),
})

/** A batch of activities as a product sends it. */
export const activityBatchSchema = z.strictObject({
  sentAt: instantSchema.describe('When the batch is sent, by the same clock as the activities.'),
  activities: z.array(reportedActivity).min(1).max(activityLimits.batch),
})

/** A batch of activities, checked but for the details of their kinds. */
export type ActivityBatch = Readonly<z.infer<typeof activityBatchSchema>>

/** An activity of a person, as it is stored. */
export type Activity = {
  readonly id: string
  readonly kind: string
  /** What makes two activities of a kind the same trouble; empty for kinds without codes. */
  readonly code: string
  /** When it happened, by the clock of the desk. */
  readonly at: Instant
  /** The page without its query and its fragment, and with `:id` for what names one thing or person, or is random. */
  readonly page: string | undefined
  readonly version: string | undefined
  readonly detail: Detail
}

/** A reported activity that is not stored: its index in the batch, from 0, and why. */
export type RefusedActivity = { readonly index: number; readonly message: string }

/**
 * The activities of a batch, and those that are refused for their kind or detail. Clocks of senders are not trusted: of
 * theirs only the time from an activity to the sending counts, and a day of it at most. So nothing happens in the
 * future, and nothing earlier than a day before it is received.
 * @param addedKinds the kinds that the desk has added (`proactive.kinds`).
 */
export function activitiesOf(
  { sentAt, activities }: ActivityBatch,
  receivedAt: Instant,
  addedKinds: ReadonlySet<string>,
): { readonly accepted: readonly Activity[]; readonly refused: readonly RefusedActivity[] } {
  const byClockOfDesk = clockOfDesk(sentAt, receivedAt)
  const accepted: Activity[] = []
  const refused: RefusedActivity[] = []
  for (const [index, { id, kind, at, page, version, detail }] of activities.entries()) {
    const checked = checkDetail(kind, detail, addedKinds)
    if ('message' in checked) refused.push({ index, message: checked.message })
    else {
      accepted.push({
        id,
        kind,
        code: codeOf(kind, checked.detail),
        at: byClockOfDesk(at),
        page: page === undefined ? undefined : pageOf(page),
        version,
        detail: checked.detail,
      })
    }
  }
  return { accepted, refused }
}

/** The longest message about an activity that is refused, in characters: names of fields stand in it. */
const messageLength = 200

/** The detail of a kind, or why it is refused. The number of fields is checked first: the others cost nothing then. */
function checkDetail(
  kind: string,
  detail: Detail,
  addedKinds: ReadonlySet<string>,
): { readonly detail: Detail } | { readonly message: string } {
  if (!isActivityKind(kind) && !addedKinds.has(kind)) return { message: `kind: the desk has no kind ${kind}` }
  const names = Object.keys(detail)
  if (names.length > activityLimits.fields) return { message: `detail: has at most ${activityLimits.fields} fields` }
  if (names.includes('__proto__')) return { message: 'detail: there is no field __proto__' }
  const schema: z.ZodType<Detail> = isActivityKind(kind) ? detailSchemas[kind] : otherDetailSchema
  const { success, data, error } = schema.safeParse(detail, describeIssue)
  if (success) return { detail: data }
  const [issue] = error.issues
  const path = ['detail', ...(issue?.path ?? []).map(String)].join('.')
  return { message: cutTo(`${path}: ${issue?.message}`, messageLength) }
}

const longestDelay = days(1)

/** Turns the moments of a batch, by the clock of its sender, into those by the clock of the desk. */
function clockOfDesk(sentAt: Instant, receivedAt: Instant): (at: Instant) => Instant {
  const received = msOf(receivedAt)
  const ahead = msOf(sentAt) - received
  return (at) => sinceEpoch(Math.min(Math.max(msOf(at) - ahead, received - longestDelay), received))
}

/** A part of a path that names one thing or person: a number, a UUID, another long hexadecimal one, or an address. */
const namesOne = /^(?:\d+|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|[\da-f]{12,}|.*(?:@|%40).*)$/i

/** Where a word goes on in another kind of character: `aB`, `a1`, `1a`, but not `Ab`. */
const changesOfKind = /[a-z](?=[A-Z\d])|[A-Z](?=\d)|\d(?=[A-Za-z])/g

/** Whether a part of a path is random, such as a session, a token or a ULID. Words joined by hyphens are not. */
function isRandom(part: string): boolean {
  const text = part.replace(/%[\da-f]{2}/gi, '-')
  if (text.length < 16) return false
  const runs = text.split(/[^a-z\d]+/i)
  return (
    runs.some((run) => run.length >= 16 && /\d/.test(run) && /[a-z]/i.test(run)) ||
    (text.match(changesOfKind) ?? []).length >= 4
  )
}

/**
 * A page without its query, its fragment and its parameters after `;`, which may hold what a person has written, and
 * without a name and a password before its host. Parts of its path that name one thing or person, or are random, are
 * `:id`, so that all pages of a kind are one. Undefined where nothing is left.
 */
function pageOf(address: string): string | undefined {
  const [path = ''] = address.split(/[?#]/, 1)
  const [plain = ''] = path.replace(/^([a-z]{1,20}:\/\/)[^/@]*@/i, '$1').split(';', 1)
  const page = cutTo(withoutIds(plain.split('/')), activityLimits.page)
  return isBlank(page) ? undefined : page
}

/** The parts of a path, without those that name one thing or person. A name or a host before them is not random. */
function withoutIds(parts: readonly string[]): string {
  const start = parts[1] === '' && parts[0]?.endsWith(':') === true ? 3 : 1
  const isId = (part: string, index: number): boolean => namesOne.test(part) || (index >= start && isRandom(part))
  return parts.map((part, index) => (isId(part, index) ? ':id' : part)).join('/')
}

function codeOf(kind: string, { form, field, operation, code }: Detail): string {
  const parts =
    kind === 'form_error'
      ? [withoutIdsOf(form), field, code]
      : kind === 'timeout_occurred'
        ? [withoutIdsOf(operation)]
        : [code]
  return cutTo(parts.filter((part) => typeof part === 'string').join('/'), activityLimits.trouble)
}

/** What may be a path, without its parts that name one thing or person. A code is none: `404` is no id. */
const withoutIdsOf = (path: unknown): string | undefined =>
  typeof path === 'string' ? withoutIds(path.split('/')) : undefined

/** What makes activities the same trouble: their kind and code, without any text of a person. */
export const activityFingerprint = ({ kind, code }: Pick<Activity, 'kind' | 'code'>): string =>
  code === '' ? kind : `${kind}:${code}`
