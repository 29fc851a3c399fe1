import type { GraphQLError } from 'graphql'
import { z } from 'zod'
import type { ActivityBatch, Desk, RefusedActivity } from '@guichet/domain'
import {
  activitiesOf,
  activityBatchSchema,
  activityLimits,
  defaultProactiveSettings,
  describeIssue,
  malformed,
  personId,
  versionAt,
} from '@guichet/domain'
import type { ActivityReport, ActivityStore } from '@guichet/workflows'
import type { Principal } from '../auth/principal.ts'
import type { EdgeErrorCode } from '../errors.ts'
import { edgeError } from '../errors.ts'
import { browserName } from './browser-name.ts'

/** An activity of a batch that is not stored: its index, from 0, and why, with the code of docs/errors.md. */
export type CodedRefusal = RefusedActivity & {
  readonly code: Extract<EdgeErrorCode, 'malformed_input' | 'quota_exceeded'>
}

/** What became of a batch: how many activities are stored, and which are refused, and why. */
type RecordedBatch = { readonly stored: number; readonly refused: readonly CodedRefusal[] }

/** Who reports activities. */
type Reporter = {
  readonly principal: Principal
  /** The header `User-Agent` of the request. */
  readonly userAgent: string | undefined
  /** The network address of the caller. */
  readonly address: string | undefined
}

/** Counts activities for a principal, and those of visitors for their address. Returns the error if they are refused. */
export type TakeActivities = (
  principal: Principal,
  count: number,
  address: string | undefined,
) => GraphQLError | undefined

type Services = {
  readonly desk: Pick<Desk, 'now' | 'terms' | 'timeline'>
  readonly activities: ActivityStore | undefined
  readonly takeActivities: TakeActivities
}

type Fields = Readonly<Record<string, unknown>>

/** A batch whose activities are not checked yet: each is refused by itself. */
const envelopeSchema = activityBatchSchema.extend({
  activities: z.array(z.unknown()).min(1).max(activityLimits.batch),
})

const { element: activitySchema } = activityBatchSchema.shape.activities
const activitiesSchema = z.array(activitySchema)

/**
 * Checks a batch of activities as it came from outside, and stores it: those of a customer or a visitor as their own,
 * those of a service as those of the customers that it names. What is stored already under the same id counts as stored.
 * @throws `activities_off`, `malformed_input`, `forbidden` or `quota_exceeded`, and the errors of the database; then
 * nothing is stored.
 */
export async function recordActivities(batch: Fields, reporter: Reporter, services: Services): Promise<RecordedBatch> {
  const { activities: store, desk, takeActivities } = services
  if (!store) throw edgeError('activities_off')
  const { success, data: envelope, error } = envelopeSchema.safeParse(batch, describeIssue)
  if (!success) throw edgeError('malformed_input', messageOf(error, 'body'))
  const { principal, userAgent, address } = reporter
  const over = takeActivities(principal, envelope.activities.length, address)
  if (over) throw over
  const { people, refused: unreadable } = reportsOf(envelope.activities, principal)

  // The configuration that another process has applied is in force within a second.
  await desk.terms()
  const now = desk.now()
  const { kinds } = versionAt(desk.timeline, now).proactive ?? defaultProactiveSettings
  const addedKinds = new Set(kinds)
  const isService = principal.role === 'service'
  const browser = isService ? undefined : browserName(userAgent)
  const refused = [...unreadable]
  const accepted: ActivityReport[] = []
  for (const [id, reports] of people) {
    const excess = isService ? takeActivities(ofCustomer(id, principal), reports.length, undefined) : undefined
    if (excess) {
      const { message } = excess
      refused.push(...reports.map(({ index }) => ({ index, code: 'quota_exceeded' as const, message })))
      continue
    }
    const activities = reports.map(({ activity }) => activity)
    const checked = activitiesOf({ sentAt: envelope.sentAt, activities }, now, addedKinds)
    refused.push(...checked.refused.map(({ index, message }) => malformedAt(reports[index]?.index ?? index, message)))
    if (checked.accepted.length > 0) accepted.push({ person: { id, browser }, activities: checked.accepted })
  }
  if (accepted.length > 0) await store.record(accepted, now)
  return {
    stored: accepted.reduce((sum, { activities }) => sum + activities.length, 0),
    refused: refused.toSorted((one, other) => one.index - other.index),
  }
}

/** A customer whose activities a service reports: they count for the customer, too. */
const ofCustomer = (id: string, { expiresAt }: Principal): Principal => ({ id, role: 'customer', expiresAt })

/** How much of a message is answered, in characters: names of fields may stand in it. */
const longestMessage = 200

const messageOf = (error: z.ZodError, root: string): string => malformed(error, root).message.slice(0, longestMessage)

const malformedAt = (index: number, message: string): CodedRefusal => ({ index, code: 'malformed_input', message })

/** An activity as it was reported, checked but for the detail of its kind, with its index in the batch. */
type Report = { readonly index: number; readonly activity: ActivityBatch['activities'][number] }

type Reports = {
  readonly people: ReadonlyMap<string, readonly Report[]>
  /** Those of nobody, and those that are no activities. */
  readonly refused: readonly CodedRefusal[]
}

/**
 * The activities of a batch by the person whose they are: a service names a customer in each.
 * @throws `forbidden` for a customer who names another one.
 */
function reportsOf(batch: readonly unknown[], { role, id: ownId }: Principal): Reports {
  const isService = role === 'service'
  const reporter = { success: true, data: ownId } as const
  const people = new Map<string, Report[]>()
  const refused: CodedRefusal[] = []
  const reported = batch.map(withoutCustomer)
  // Mostly all of them are activities: checked together they cost less.
  const all = activitiesSchema.safeParse(reported.map(({ activity }) => activity)).data
  for (const [index, { activity, customerId }] of reported.entries()) {
    if (!isService && customerId !== undefined && customerId !== ownId)
      throw edgeError('forbidden', `activities.${index}.customerId: customers report for themselves`)
    const person = isService ? personId.safeParse(customerId, describeIssue) : reporter
    const checked = checkedActivity(all?.[index], activity)
    if (!person.success) refused.push(malformedAt(index, `customerId: ${person.error.issues[0]?.message}`))
    else if (!checked.success) refused.push(malformedAt(index, messageOf(checked.error, 'activity')))
    else {
      const reports = people.get(person.data) ?? []
      reports.push({ index, activity: checked.data })
      people.set(person.data, reports)
    }
  }
  return { people, refused }
}

const checkedActivity = (checked: ActivityBatch['activities'][number] | undefined, activity: unknown) =>
  checked ? ({ success: true, data: checked } as const) : activitySchema.safeParse(activity, describeIssue)

/** An activity without the customer that it names, if it names one: null, too, names none. */
function withoutCustomer(reported: unknown): { readonly activity: unknown; readonly customerId?: unknown } {
  if (typeof reported !== 'object' || reported === null || !('customerId' in reported)) return { activity: reported }
  const { customerId, ...activity } = reported
  return { activity, customerId: customerId ?? undefined }
}
