import type { Principal } from '../../auth/index.ts'
import type { ResultTypes } from '../command/result-types.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import { viewerOf } from '../schema/context.ts'
import type { People } from '../schema/people.ts'

/** `viewer`: who the token stands for, and how they want to be told. */
export function addViewer(builder: ApiBuilder, { role }: People, { recipient }: ResultTypes): void {
  const viewer = builder.objectRef<Principal>('Viewer').implement({
    fields: (t) => ({
      userId: t.exposeID('id'),
      role: t.expose('role', { type: role }),
      name: t.exposeString('name', { nullable: true }),
      email: t.exposeString('email', { nullable: true }),
      recipient: t.field({
        type: recipient,
        resolve: async ({ id }, _, { services }) => (await services.desk.read('recipient', id)).state,
      }),
    }),
  })
  builder.queryField('viewer', (t) => t.field({ type: viewer, resolve: (_, __, context) => viewerOf(context) }))
}
