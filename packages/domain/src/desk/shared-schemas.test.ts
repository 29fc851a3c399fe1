import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agentId } from '../agent/commands.ts'
import { limits } from '../kernel/limits.ts'
import { id, personId } from '../kernel/values.ts'
import { emailSchema } from '../person.ts'
import { categoriesBy } from './categories.ts'

type Leaf = { readonly path: string; readonly schema: z.ZodType }

/** Every text that a schema holds, with the names of the fields that lead to it. */
function textsIn(schema: z.ZodType, path = ''): readonly Leaf[] {
  if (schema instanceof z.ZodObject) {
    const shape: Readonly<Record<string, z.ZodType>> = schema.shape
    return Object.entries(shape).flatMap(([name, field]) => textsIn(field, `${path}.${name}`))
  }
  if (schema instanceof z.ZodArray) return textsIn(schema.element as z.ZodType, path)
  if (schema instanceof z.ZodRecord) return textsIn(schema.valueType as z.ZodType, `${path}.*`)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => textsIn(option as z.ZodType, path))
  if (schema instanceof z.ZodPipe) return textsIn(schema.in as z.ZodType, path)
  if ('unwrap' in schema && typeof schema.unwrap === 'function') return textsIn(schema.unwrap() as z.ZodType, path)
  return schema.type === 'string' ? [{ path, schema }] : []
}

const categories = categoriesBy({ terms: () => [] as never, speaks: () => true })

/** Every text of every command, by the name of the category, of the command and of its fields. */
const texts = Object.entries(categories).flatMap(([category, { schema }]) =>
  ((schema as unknown as z.ZodUnion).options as readonly z.ZodObject[]).flatMap((command) => {
    const { type } = command.shape as { readonly type: z.ZodLiteral<string> }
    return textsIn(command).map(({ path, schema }) => ({ path: `${category}.${type.value}${path}`, schema }))
  }),
)

const taken = (values: readonly string[], { schema }: Leaf): readonly boolean[] =>
  values.map((value) => schema.safeParse(value).success)

const named = (pattern: RegExp): readonly Leaf[] => texts.filter(({ path }) => pattern.test(path))

const people = [
  'auth0|64f1c2a7e8',
  'google-oauth2|103547991597142817347',
  'a=1&b=2',
  '{8D1F}',
  "o'neil",
  'zoé@exemple.fr',
  'x'.repeat(200),
  '𠀀'.repeat(200),
]
const nobody = ['', ' a', 'a\n', '\ud800', 'x'.repeat(201), '𠀀'.repeat(201), 'a\u200db', 'clock', 'Import']

describe('a fact has one schema, in whichever command it stands', () => {
  it.each(
    named(
      /\.(?:agentId|assigneeId|customerId|sourceCustomerId|visitorId|watcherId|organisationId|holder|reservedFor|handOver\.from)$|\.(?:agent|assignee|watcher|technician|customer|customers)\.id$|customer\.\w+\.(?:source|target)$/,
    ),
  )('the id of somebody: $path', (leaf) => {
    expect(taken(people, leaf)).toEqual(people.map(() => true))
    expect(taken(nobody, leaf)).toEqual(nobody.map(() => false))
  })

  it('the id of somebody stands in the tie-break of a routing decision', () => {
    expect(named(/route\.equals\.agentId$/)).toHaveLength(1)
  })

  it.each(
    named(/\.(?:ticketId|chatId|incidentId|importId|messageId|callId|actionId|attachmentId|cannedReplyId|into)$/),
  )('an id of the desk: $path', (leaf) => {
    const ids = ['T-1', 'é 1', 'x'.repeat(limits.id), '𠀀'.repeat(limits.id)]
    expect(taken(ids, leaf)).toEqual(ids.map(() => true))
    expect(taken([...nobody.slice(0, -2), 'a|b', `${'x'.repeat(limits.id)}x`], leaf)).not.toContain(true)
  })

  it.each(named(/\.email$|sendTranscript\.address$/))('an e-mail address: $path', (leaf) => {
    const addresses = ['zoe@example.com', 'Zoe@Example.COM', `${'a'.repeat(limits.email - 12)}@example.com`]
    expect(taken(addresses, leaf)).toEqual(taken(addresses, { path: '', schema: emailSchema }))
    expect(taken(['zoe', `${'a'.repeat(limits.email)}@example.com`], leaf)).toEqual([false, false])
  })

  it.each(named(/\.(?:by|agent|assignee|watcher|technician|customer|customers|profile)\.(?:name|firstName)$/))(
    'the name of somebody: $path',
    (leaf) => {
      expect(taken(['Zoé', '😀'.repeat(200)], leaf)).toEqual([true, true])
      expect(taken(['', 'a\nb', '😀'.repeat(201)], leaf)).not.toContain(true)
    },
  )

  it.each([...named(/^agent\.(?:claim|release)\.work$/), ...named(/^file\.store\.owner$/)])(
    'the name of a stream: $path',
    (leaf) => {
      const longest = ['x', '𠀀'].map((character) => `ticket-${character.repeat(limits.id)}`)
      expect(taken(['ticket-T1', 'chat-a-b', ...longest], leaf)).not.toContain(false)
      const wrong = ['', 'ticket', 'ticket-', 'ticket-a|b', 'tickets-T1', 'toString-T1', `ticket-${'x'.repeat(129)}`]
      expect(taken(wrong, leaf)).not.toContain(true)
    },
  )

  it('an id of a stream is that of its category', () => {
    const longest = { customer: personId, organisation: personId, recipient: personId, agent: agentId, chat: id }
    for (const [category, schema] of Object.entries(longest)) {
      expect(categories[category as keyof typeof categories].id).toBe(schema)
    }
  })
})
