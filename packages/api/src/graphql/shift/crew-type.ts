import type { Crew } from '@guichet/domain'
import { crewKinds } from '@guichet/domain'
import type { ApiBuilder } from '../schema/builder.ts'
import { enumOf } from '../schema/enum-values.ts'

/** `Crew`: a centre or a shift. */
export function addCrewType(builder: ApiBuilder) {
  const kind = enumOf(builder, 'CrewKind', crewKinds)
  return builder.objectRef<Crew>('Crew').implement({
    description: 'Those who begin and end work together: a centre by its id, or a shift by the name of its calendar.',
    fields: (t) => ({ kind: t.expose('kind', { type: kind }), name: t.exposeString('name') }),
  })
}

export type CrewRef = ReturnType<typeof addCrewType>
