import type { Desk, Instant } from '@guichet/domain'
import { parseStream, readHistory, unlessDeleted, withoutRedacted, withoutRedactedDrafts } from '@guichet/domain'
import type { AuditFilter, AuditRow, Keyset } from '@guichet/projections'
import { CommandFault } from '../../fault.ts'
import { chatDataOf } from '@guichet/desk/replay'
import type { Context } from '../context.ts'
import { refuseReversed, table } from '../table.ts'
import { askReadModels } from '../with-engine.ts'

/** The options of the command; of the period, `from` is in it and `to` is not. */
export type AuditOptions = {
  readonly stream?: string
  readonly actor?: string
  readonly type?: readonly string[]
  readonly correlation?: string
  readonly from?: Instant
  readonly to?: Instant
  readonly before?: string
  readonly limit: number
  readonly payload?: boolean
  readonly json?: boolean
}

type Entry = AuditRow & { readonly payload?: object }

type Page = { readonly entries: readonly Entry[]; readonly more: boolean }

/**
 * Prints a page of the audit trail, newest first, and how to ask for the next one.
 * @throws Fault `period_invalid`, `usage`.
 */
export async function runAudit(options: AuditOptions, context: Context): Promise<void> {
  const { before, from, to, limit, payload = false, json } = options
  if (from && to) refuseReversed(from, to)
  const { terminal } = context
  const { entries, more } = await askReadModels(context, async ({ desk, readModels: { audit } }): Promise<Page> => {
    const after = before === undefined ? undefined : await keysetOf(before, audit)
    const { rows, hasNext } = await audit.list(filterOf(options), { limit, ...(after && { after }) })
    const auditRows = rows.map(({ row }) => row)
    return { entries: payload ? await withPayloads(auditRows, desk) : auditRows, more: hasNext }
  })
  const last = entries.at(-1)
  const next = more && last ? nameOf(last) : null
  if (json) return terminal.out(JSON.stringify({ entries, next }))
  if (entries.length === 0) return terminal.out('no such events')
  const headings = ['at', 'by', 'type', 'event', 'reason']
  if (!payload) terminal.out(table(headings, entries.map(cellsOf)))
  else {
    const withData = entries.map((entry) => [...cellsOf(entry), entry.payload ? JSON.stringify(entry.payload) : '–'])
    terminal.out(table([...headings, 'payload'], withData))
  }
  if (next !== null) terminal.out(`and earlier ones: --before ${next}`)
}

const filterOf = ({ stream, actor, type, correlation, from, to }: AuditOptions): AuditFilter => ({
  stream,
  actorId: actor,
  type,
  correlationId: correlation,
  at: { from, to },
})

const nameOf = ({ stream, version }: Pick<AuditRow, 'stream' | 'version'>): string => `${stream}@${version}`

type AuditTrail = {
  list(
    filter: AuditFilter,
    page: { readonly limit: number },
  ): Promise<{ readonly rows: readonly { readonly keyset: Keyset }[] }>
}

/** The place of an event in the trail, from its stream and version, as `nameOf` writes it. */
async function keysetOf(event: string, audit: AuditTrail): Promise<Keyset> {
  const [, stream, version] = /^(.+)@([1-9]\d{0,8})$/s.exec(event) ?? []
  if (stream === undefined) throw new CommandFault('usage', '--before: must be an event such as ticket-4711@3')
  const { rows } = await audit.list({ stream, version: Number(version) }, { limit: 1 })
  if (!rows[0]) throw new CommandFault('usage', `--before: there is no event ${event}`)
  return rows[0].keyset
}

/**
 * The entries with the data of their events, as it is shown now: without content that was removed since. An entry of a
 * stream that was deleted has none.
 */
async function withPayloads(entries: readonly AuditRow[], desk: Desk): Promise<readonly Entry[]> {
  const histories = new Map<string, ReadonlyMap<number, object> | undefined>()
  const result: Entry[] = []
  for (const entry of entries) {
    const { stream, version } = entry
    if (!histories.has(stream))
      histories.set(stream, await unlessDeleted(payloadsOf(stream, entries, desk), () => undefined))
    const payloads = histories.get(stream)
    result.push(payloads ? { ...entry, payload: payloads.get(version) ?? {} } : entry)
  }
  return result
}

/** The data of the events of a stream, by version: of all, where any may be without content, else of those in the entries. */
async function payloadsOf(
  stream: string,
  entries: readonly AuditRow[],
  { store }: Pick<Desk, 'store'>,
): Promise<ReadonlyMap<number, object>> {
  const { category, id } = parseStream(stream)
  if (category === 'ticket') {
    const history = await readHistory(store, 'ticket', id)
    return new Map(withoutRedacted(history).map(({ version, event }) => [version, dataOf(event)]))
  }
  if (category === 'draft') {
    const history = await readHistory(store, 'draft', id)
    return new Map(withoutRedactedDrafts(history).map(({ version, event }) => [version, dataOf(event)]))
  }
  if (category === 'chat') return chatDataOf(await readHistory(store, 'chat', id))
  const payloads = new Map<number, object>()
  for (const { stream: entryStream, version } of entries) {
    if (entryStream !== stream) continue
    const [envelope] = await store.readStream(stream, version, 1)
    if (envelope) payloads.set(version, dataOf(envelope.event))
  }
  return payloads
}

const metadata: ReadonlySet<string> = new Set(['type', 'at', 'by'])

const dataOf = (event: object): object =>
  Object.fromEntries(Object.entries(event).filter(([name]) => !metadata.has(name)))

const cellsOf = (entry: AuditRow): string[] => {
  const { at, actor, type, reason } = entry
  return [at, actor.name ?? `${actor.kind} ${actor.id}`, type, nameOf(entry), reason ?? '']
}
