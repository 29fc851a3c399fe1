import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { sectionsSchema } from '../configuration/configuration.ts'
import type { DataSubject } from '../kernel/event.ts'
import { guichetEvents } from './categories.ts'

type JsonSchema = {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly format?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly $ref?: string
}

/** Every path into a schema, and whether it allows any text; a recursive schema is followed once. */
function fieldsOf(schema: JsonSchema, at: readonly string[] = []): readonly { path: string; isText: boolean }[] {
  const { properties = {}, additionalProperties, items, anyOf = [] } = schema
  const below = (key: string, inner: JsonSchema) => fieldsOf(inner, [...at, key])
  const isText = schema.type === 'string' && schema.enum === undefined && schema.const === undefined
  return [
    ...(at.length > 0 ? [{ path: at.join('.'), isText }] : []),
    ...Object.entries(properties).flatMap(([key, inner]) => below(key, inner)),
    ...(typeof additionalProperties === 'object' ? below('*', additionalProperties) : []),
    ...(items ? below('*', items) : []),
    ...anyOf.flatMap((inner) => fieldsOf(inner, at)),
  ]
}

const jsonOf = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, { unrepresentable: 'any', io: 'output', reused: 'inline' }) as JsonSchema

/**
 * The configuration is stored as checked: the schema of its event takes any object, whose fields are those of its
 * sections.
 */
const inside: Readonly<Record<string, JsonSchema>> = {
  'ConfigurationApplied.configuration': jsonOf(sectionsSchema),
}

const events = Object.entries(guichetEvents).map(([type, { schema, personal }]) => {
  const fields = fieldsOf(jsonOf(schema)).flatMap((field) => [
    field,
    ...fieldsOf(inside[`${type}.${field.path}`] ?? {}, field.path.split('.')).slice(1),
  ])
  const named: Readonly<Record<string, DataSubject | readonly DataSubject[]>> = personal
  return { type, fields, personal: named }
})

/** Names of fields that often identify a person, or hold a person's text. */
const suspicious =
  /^(body|text|said|line|message|name|firstName|lastName|email|phone|customer(Id)?|agent(Id)?|assignee|watcher|technician|person|by|id|reason|note|summary|comment|description|subject|title|evidence|candidates|site|place|signature|source|label)$/

const crew = 'a centre or a shift'
const code = 'the code of a refusal'
const engine = 'words of the engine: only the system sends it'

/** Fields of such names that are not personal data, with all below them, and the reason. */
const impersonal: Readonly<Record<string, string>> = {
  'AbsorptionCompleted.source': 'a ticket',
  'AbsorptionReverted.source': 'a ticket',
  'TicketAbsorbed.source': 'a ticket',
  'MergeDeclined.reason': code,
  'IncidentTicketRefused.reason': code,
  'ChatConversionRefused.reason': code,
  'ChatOfferWithdrawn.reason': engine,
  'RoutingDeclined.reason': engine,
  'TicketQueued.reason': engine,
  'WorkReleased.reason': engine,
  'TargetMet.calendarOf': 'a team or a centre',
  'TargetWarned.calendarOf': 'a team or a centre',
  'TargetBreached.calendarOf': 'a team or a centre',
  'TicketHandedOver.crew': crew,
  'TicketHandedOver.to': crew,
  'ShiftChanged.began': crew,
  'ShiftChanged.ended': crew,
  'ShiftChanged.handOvers': crew,
  'ShiftChanged.offShift': crew,
  'ShiftChanged.onShift': crew,
  'WarRoomOpened.place': 'a room, or the address of a call',
  'ImportStarted.source': 'a file',
  'ImportResumed.source': 'a file',
  'OrganisationRegistered.name': 'an organisation',
  'OrganisationChanged.name': 'an organisation',
  'ConfigurationApplied.configuration.customers': 'the fields of the desk',
  'ConfigurationApplied.publicHolidays': 'days',
  'ConfigurationApplied.configuration.calendars': 'days',
  'ConfigurationApplied.configuration.classification': 'words that rules look for',
  'ConfigurationApplied.configuration.desk.signature': 'how the desk signs, not who works there',
  'ConfigurationApplied.configuration.followTheSun': 'centres',
  'ConfigurationApplied.configuration.sla': 'policies',
  'ConfigurationApplied.configuration.chat.sla': 'policies',
  'CannedReplySaved.title': 'a text for everybody',
  'MacroSaved.title': 'a text for everybody',
  'MacroSaved.steps': 'texts for everybody',
  'ConfigurationApplied.configuration.teams': 'teams',
  'ConfigurationApplied.configuration.knowledge': 'the fields of the desk',
  'ArticleRevised.title': 'a text for everybody',
  'ArticleRevised.body': 'a text for everybody',
  'ArticleCategoryAdded.texts': 'texts for everybody',
  'ArticleCategoryChanged.texts': 'texts for everybody',
}

describe('the personal data of events', () => {
  it.each(events)('$type: each path leads to a field of its data', ({ fields, personal }) => {
    const paths = new Set(fields.map(({ path }) => path))
    expect(Object.keys(personal).filter((path) => !paths.has(path))).toEqual([])
  })

  it.each(events)('$type: each path has a data subject', ({ personal }) => {
    for (const subjects of Object.values(personal)) expect([subjects].flat()).not.toEqual([])
  })

  const covers = (path: string) => (field: string) => field === path || field.startsWith(`${path}.`)
  const suspects = events.flatMap(({ type, fields, personal }) =>
    fields
      .filter(
        ({ path, isText }) =>
          isText &&
          suspicious.test(
            path
              .replace(/(\.\*)+$/, '')
              .split('.')
              .at(-1) ?? '',
          ),
      )
      .filter(({ path }) => !Object.keys(personal).some((own) => covers(own)(path)))
      .map(({ path }) => `${type}.${path}`),
  )

  it('includes every text that is personal by its name, unless a reason says otherwise', () => {
    expect(suspects.filter((field) => !Object.keys(impersonal).some((path) => covers(path)(field)))).toEqual([])
  })

  it('gives no reason for a field that is missing or personal', () => {
    expect(Object.keys(impersonal).filter((path) => !suspects.some(covers(path)))).toEqual([])
  })
})
