import type { Operation } from '../../auth/index.ts'
import { accessTo } from '../../auth/index.ts'
import type { ApiContext } from './context.ts'

/** Finds nodes by their own ids for whoever may use the operation that lists them; to anybody else there are none. */
export const loadNodes =
  <T>(operation: Operation, load: (id: string, context: ApiContext) => Promise<T | null | undefined>) =>
  async (ids: string[], context: ApiContext): Promise<(T | null)[]> =>
    accessTo(operation, context.principal) === 'none'
      ? ids.map(() => null)
      : Promise.all(ids.map(async (id) => (await load(id, context)) ?? null))
