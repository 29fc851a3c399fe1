import { z } from 'zod'
import { countrySchema } from '../calendar/calendar.ts'
import { limits } from '../kernel/limits.ts'
import type { Result } from '../kernel/refusal.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import {
  isOnce,
  language,
  line,
  nameSchema,
  personId,
  personName,
  printable,
  timeZoneSchema,
} from '../kernel/values.ts'
import { emailSchema } from '../person.ts'

/** The limits of a customer's record; what exceeds them is refused. */
export const customerLimits = {
  emails: 20,
  phones: 20,
  externalIds: 20,
  notes: 1_000,
  merged: 100,
  note: 5_000,
  fields: 100,
  fieldValue: 1_000,
} as const

/**
 * An e-mail address in its normal form: its domain in lower case and ASCII. Whoever takes addresses from outside
 * normalises them first.
 */
export const emailAddress = emailSchema.refine(
  (address) => /@[a-z0-9.-]+$/.test(address),
  'must have its domain in lower case and ASCII',
)

/** A telephone number in E.164. Whoever takes numbers from outside normalises them first. */
export const phoneNumber = z.string().regex(/^\+[1-9]\d{6,14}$/, 'must be an international number such as +33123456789')

/** What identifies one customer, or one organisation, among all: a verified address or number, an id elsewhere, a domain. */
export const identityKinds = ['email', 'phone', 'external', 'domain'] as const

/** A kind of identity, by which its stream begins; see `identityKinds`. */
export type IdentityKind = (typeof identityKinds)[number]

/** The value of an identity: that of an id elsewhere holds the system too, and is the longest. */
export const identityValue = z.string().min(1).max(500)

/** An identity in the form in which it is compared. */
export type Identity = { readonly kind: IdentityKind; readonly value: string }

/** Whether two identities are one. */
export const isSameIdentity = (one: Identity, other: Identity): boolean =>
  one.kind === other.kind && one.value === other.value

/** The identity of an e-mail address: the case of letters makes no difference. */
export const emailIdentity = (address: string): Identity => ({ kind: 'email', value: address.toLowerCase() })

/** The domain of an e-mail address, in lower case. */
export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase()

/**
 * The identities of a telephone number: of a number that its country writes in two forms, one for each, the shorter one
 * first, so that all claims of both have one order.
 */
export const phoneIdentities = (number: string): readonly Identity[] =>
  [number, ...[otherFormOf(number) ?? []].flat()]
    .sort((a, b) => a.length - b.length)
    .map((value) => ({ kind: 'phone', value }))

/** A telephone number in the form in which it is compared: the shorter one of a number that its country writes in two. */
export function phoneIdentity(number: string): Identity {
  const other = otherFormOf(number) ?? number
  return { kind: 'phone', value: other.length < number.length ? other : number }
}

/** The identity of a record in another system. */
export const externalIdentity = ({ system, id }: ExternalId): Identity => ({
  kind: 'external',
  value: `${system}\n${id}`,
})

/** Numbers that two forms of E.164 lead to, by country, each with the other form. */
const otherForms: readonly (readonly [form: RegExp, other: (...digits: readonly string[]) => string])[] = [
  // Argentina: mobile numbers have a 9 before the area code, which not every network passes on.
  [/^\+549(\d{10})$/, (_, line) => `+54${line}`],
  [/^\+54([1-8]\d{9})$/, (_, line) => `+549${line}`],
  // Brazil: mobile numbers have got a ninth digit. Those of trunking that begin with 7 have not.
  [/^\+55([1-9]{2})9([689]\d{7})$/, (_, area, line) => `+55${area}${line}`],
  [/^\+55([1-9]{2})([689]\d{7})$/, (_, area, line) => `+55${area}9${line}`],
  // Mexico: mobile numbers had a 1 after the country code until 2019.
  [/^\+521(\d{10})$/, (_, line) => `+52${line}`],
  [/^\+52([2-9]\d{9})$/, (_, line) => `+521${line}`],
]

/**
 * The other form of a number that its country writes in two, both of the same line: `+55 41 98799 1234` and, as it was
 * before, `+55 41 8799 1234`. Undefined for any other number.
 * @param number a number in E.164.
 */
export function otherFormOf(number: string): string | undefined {
  for (const [form, other] of otherForms) {
    const digits = form.exec(number)
    if (digits) return other(...digits)
  }
  return undefined
}

/** The id of a customer's record in another system, such as a CRM. */
export const externalIdSchema = z.strictObject({
  system: nameSchema.describe('The other system, such as crm.'),
  id: line(200).describe('The id there.'),
})

/** A record's id in another system, with the name of that system. */
export type ExternalId = Readonly<z.infer<typeof externalIdSchema>>

/** Whether an address or number is verified, as a command takes it; false when it is left out. */
export const verified = z
  .boolean()
  .default(false)
  .describe('Whether it is known to be theirs. Only then does it identify the customer.')

/** A country, as ISO 3166 names it. */
const country = countrySchema.regex(/^[A-Z]{2}$/, 'must be a country such as FR')

/** Values of a desk's own fields, as texts; the type of each field is that of the configuration. */
export const fieldValues = z
  .record(
    nameSchema.describe('The name of the field.'),
    printable(customerLimits.fieldValue).describe('Its value as a text; an empty one removes the value.'),
  )
  .refine((values) => Object.keys(values).length <= customerLimits.fields, `must be at most ${customerLimits.fields}`)

/** The details of a customer. */
export const customerDetails = {
  name: personName.nullable().describe('The whole name.'),
  firstName: personName.nullable().describe('The first name, which texts use to address them.'),
  lastName: personName.nullable().describe('The family name.'),
  language: language.nullable().describe('The language that they prefer.'),
  country: country.nullable().describe('The country where they are, such as FR.'),
  timeZone: timeZoneSchema.nullable().describe('The IANA time zone where they are.'),
  plan: nameSchema.nullable().describe('The plan that they have.'),
  segment: line(limits.name).nullable().describe('The segment of customers that they belong to.'),
  organisationId: personId
    .nullable()
    .describe('The organisation that they belong to, whatever the domains of their addresses.'),
} as const

type DetailName = keyof typeof customerDetails

/** The names of the details of a customer. */
export const detailNames = z.strictObject(customerDetails).keyof().options

/** The same value for every detail of a customer. */
export const forEachDetail = <T>(value: T): Readonly<Record<DetailName, T>> =>
  Object.fromEntries(detailNames.map((name) => [name, value])) as Record<DetailName, T>

/** The changes of a customer's details; null removes a value. */
export const customerChanges = z.strictObject({
  ...customerDetails,
  fields: fieldValues.describe('The values of own fields to set.'),
})

/** The types of own fields. */
const fieldTypes = ['text', 'number', 'boolean', 'date', 'choice'] as const

/** An own field of customers or organisations. */
const fieldDefinition = z
  .strictObject({
    name: nameSchema,
    type: z.enum(fieldTypes),
    /** The values of a choice. */
    choices: z.array(line(limits.name)).min(1).max(100).optional(),
    label: line(limits.name).optional(),
  })
  .refine(({ type, choices }) => (type === 'choice') === (choices !== undefined), {
    message: 'a choice, and nothing else, has choices',
    path: ['choices'],
  })

/** The definition of an own field: its name, its type, and the choices of a choice. */
export type FieldDefinition = Readonly<z.output<typeof fieldDefinition>>

/** The own fields of customers, of organisations or of articles. */
export const fieldList = z
  .array(fieldDefinition)
  .max(customerLimits.fields)
  .refine((list) => isOnce(list, ({ name }) => name), {
    message: 'each field stands here once',
  })
  .default([])

/** The members of an organisation who see the tickets and chats of all its members, besides their own. */
export const sharedWith = ['nobody', 'managers', 'members'] as const

/** Who of an organisation sees the tickets and chats of its members. */
export type SharedWith = (typeof sharedWith)[number]

/** What a desk records of customers and organisations besides the product's own details, and what members share. */
export const customerSettingsSchema = z.strictObject({
  /** The own fields of customers. */
  fields: fieldList,
  /** The own fields of organisations. */
  organisationFields: fieldList,
  /** Who sees the tickets and chats of the members of an organisation that says nothing itself. */
  sharedWith: z.enum(sharedWith).default('nobody'),
  /** Whether those who see another member's ticket may also reply to it. Chats are read only. */
  sharedReplies: z.boolean().default(false),
})

/** A configuration that was applied before a setting existed does not have it. */
export type CustomerSettings = Readonly<
  Pick<z.output<typeof customerSettingsSchema>, 'fields' | 'organisationFields'> &
    Partial<z.output<typeof customerSettingsSchema>>
>

/** The value of an own field. */
export type FieldValue = string | number | boolean

/** The value that a text stands for in a field; undefined where it is none. */
function fieldValueOf({ type, choices }: FieldDefinition, text: string): FieldValue | undefined {
  switch (type) {
    case 'text':
      return text
    case 'number': {
      const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN
      return Number.isFinite(value) ? value : undefined
    }
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'date':
      return z.iso.date().safeParse(text).success ? text : undefined
    case 'choice':
      return choices?.includes(text) ? text : undefined
  }
}

/** The typed values of own fields; null removes one. */
export function typedFields(
  texts: Readonly<Record<string, string>>,
  fields: readonly FieldDefinition[],
): Result<Readonly<Record<string, FieldValue | null>>> {
  const values: Record<string, FieldValue | null> = {}
  for (const [name, text] of Object.entries(texts)) {
    const definition = fields.find((each) => each.name === name)
    const field = `fields.${name}`
    if (!definition) return deny(refusal('field_unknown', { message: `the desk has no field ${name}`, field }))
    const value = text === '' ? null : fieldValueOf(definition, text)
    if (value === undefined) {
      const message = `${name} must be ${definition.choices?.join(', ') ?? `a ${definition.type}`}`
      return deny(refusal('field_invalid', { message, field }))
    }
    values[name] = value
  }
  return accept(values)
}
