import type { Desk } from '@guichet/domain'
import { ImportFault } from '../fault.ts'
import { retryWhileAway } from '@guichet/eventstore'

/** The kinds of records that are imported from files: what their imports record as their mapping. */
const recordKindNames = ['customers', 'organisations'] as const

/** The kind of records in a file that holds no tickets. */
export type RecordKindName = (typeof recordKindNames)[number]

/** What an import of articles records as its mapping. */
export const articlesKind = 'articles'

/** The kind of records that an import with a mapping has; undefined for one of tickets. */
export const recordKindOf = (mapping: string): RecordKindName | typeof articlesKind | undefined =>
  mapping === articlesKind ? articlesKind : recordKindNames.find((name) => name === mapping)

/**
 * Refuses to continue an import with a file of another kind, which its undo would not take back.
 * @param kind undefined for tickets.
 * @throws Fault `import_refused`.
 */
export async function refuseAnotherKind(
  { importId, desk }: { readonly importId: string; readonly desk: Pick<Desk, 'read'> },
  kind: RecordKindName | typeof articlesKind | undefined,
): Promise<void> {
  const { state } = await retryWhileAway(() => desk.read('import', importId))
  if (state.status === 'absent' || state.status === 'withdrawn') return
  const existingKind = recordKindOf(state.mapping)
  if (existingKind === kind) return
  throw new ImportFault('import_refused', `${importId} is the name of an import of ${existingKind ?? 'tickets'}`, {
    next: 'give the import a name of its own with --name',
  })
}
