import type { ImportState, Instant } from '@guichet/domain'
import { parseStream } from '@guichet/domain'
import type { Engine } from '../engine/engine.ts'

/** An import that was begun, and what has become of it. */
export type ImportEntry = {
  readonly importId: string
  readonly startedAt: Instant
} & Exclude<ImportState, { status: 'absent' }>

type Parts = Pick<Engine, 'desk' | 'readModels'>

const page = 100

/** The latest imports, newest first: a hundred at the most. */
export async function listImports({ desk, readModels }: Parts): Promise<readonly ImportEntry[]> {
  const { rows } = await readModels.audit.list({ type: ['ImportStarted'] }, { limit: page })
  const entries = await Promise.all(
    rows.map(async ({ row: { stream, at } }): Promise<ImportEntry[]> => {
      const importId = parseStream(stream).id
      const { state } = await desk.read('import', importId)
      return state.status === 'absent' ? [] : [{ importId, startedAt: at, ...state }]
    }),
  )
  return entries.flat()
}

/** Those of the latest imports that are not complete: the clocks of their tickets stand still. */
export async function openImports(parts: Parts): Promise<readonly ImportEntry[]> {
  return (await listImports(parts)).filter(({ status }) => status === 'running')
}
