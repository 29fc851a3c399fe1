import type { Actor, Customer } from '@guichet/domain'
import { roles } from '../../auth/index.ts'
import type { ApiBuilder } from './builder.ts'
import { seesOwnOnly } from './context.ts'
import type { Vocabulary } from './vocabulary.ts'
import { enumOf } from './enum-values.ts'
import { globalId } from './global-id.ts'

/** People and actors: customers learn nobody's e-mail address but their own. */
export function addPeople(builder: ApiBuilder, { actorKind }: Vocabulary) {
  const person = builder.objectRef<Customer>('Person').implement({
    description: 'Somebody a ticket names: its customer, an assignee, a watcher.',
    fields: (t) => ({
      id: t.id({ description: 'Unique among everything that has an id.', resolve: ({ id }) => globalId('Person', id) }),
      userId: t.exposeID('id', { description: 'The id that the desk and its tokens know the person by.' }),
      name: t.exposeString('name', { nullable: true }),
      firstName: t.exposeString('firstName', { nullable: true }),
      email: t.string({
        nullable: true,
        resolve: ({ id, email }, _, context) =>
          seesOwnOnly(context) && context.principal?.id !== id ? undefined : email,
      }),
    }),
  })

  const actor = builder.objectRef<Actor>('Actor').implement({
    description: 'Who caused something: a customer, somebody of the desk, or the engine itself.',
    fields: (t) => ({
      kind: t.expose('kind', { type: actorKind }),
      userId: t.exposeID('id'),
      name: t.exposeString('name', { nullable: true }),
    }),
  })

  const personInput = builder.inputType('PersonInput', {
    fields: (t) => ({
      id: t.id({ required: true }),
      name: t.string(),
      firstName: t.string({ description: 'Of a customer: how texts address them.' }),
      email: t.string(),
    }),
  })

  return { person, actor, personInput, role: enumOf(builder, 'Role', roles) }
}

export type People = ReturnType<typeof addPeople>
