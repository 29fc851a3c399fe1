import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { Keyset } from '@guichet/projections'
import { nameOfCustomer } from '@guichet/projections'
import { exportedCustomers, exportedOrganisations, exportRecords, importRecords, holdImport } from '@guichet/import'
import { now } from '../../engine/engine.ts'
import { CommandFault } from '../../fault.ts'
import { recordAdministration } from '@guichet/desk'
import type { Context } from '../context.ts'
import type { ActorOption } from '../options.ts'
import { counted, table } from '../table.ts'
import { askReadModels, watchLag, withEngine } from '../with-engine.ts'

/** The options of `customers list`. */
export type ListOptions = {
  readonly search?: string
  readonly organisation?: string
  readonly limit: number
  readonly json?: boolean
}

/** Prints customers by name. */
export async function list({ search, organisation, limit, json }: ListOptions, context: Context): Promise<void> {
  const { terminal } = context
  const { rows, more } = await askReadModels(context, async ({ readModels: { customers } }) => {
    const matches = []
    let hasNext = true
    for (let after: Keyset | undefined; hasNext && matches.length < limit;) {
      const page = { limit: Math.min(500, limit - matches.length), ...(after && { after }) }
      const slice = await customers.list({ search, organisationId: organisation }, page)
      matches.push(...slice.rows.map(({ row }) => row))
      after = slice.rows.at(-1)?.keyset
      hasNext = slice.hasNext && after !== undefined
    }
    return { rows: matches, more: hasNext }
  })
  if (json)
    return terminal.out(
      JSON.stringify({ customers: rows.map(({ id, customer }) => ({ customerId: id, ...customer })), more }),
    )
  if (rows.length === 0) return terminal.out('no customers')
  const lines = rows.map(({ id, customer }) => [
    id,
    nameOfCustomer(customer) ?? '',
    customer.emails.map(({ address }) => address).join(' '),
    customer.phones.map(({ number }) => number).join(' '),
    customer.details.plan ?? '',
  ])
  terminal.out(table(['customer', 'name', 'e-mail', 'phone', 'plan'], lines))
  if (more) terminal.out(`and more than these ${limit}`)
}

/** The options of `customers show`. */
export type ShowOptions = { readonly json?: boolean }

/** Prints one customer with their figures. */
export async function show(id: string, { json }: ShowOptions, context: Context): Promise<void> {
  const { terminal } = context
  const profile = await askReadModels(context, async ({ readModels: { customers } }) => {
    const [row] = await customers.byIds([id])
    if (!row) return undefined
    const merged = await customers.withMerged(id)
    const organisationId = (await customers.organisationsOf([id])).get(id)
    const [organisation] = organisationId === undefined ? [] : await customers.organisationsByIds([organisationId])
    const [figures] = await customers.figures([{ id, now: now() }])
    return figures && { row, merged, organisation, figures }
  })
  if (!profile) throw new CommandFault('customer_unknown', `there is no customer ${id}`)
  const { row, merged, organisation, figures } = profile
  if (json) {
    const { customer } = row
    const result = { customerId: id, ...customer, merged: merged.filter((each) => each !== id), figures }
    return terminal.out(JSON.stringify({ ...result, organisation: organisation?.id }))
  }
  const { details, emails, phones, externalIds, fields, blocked, mergedInto, notes } = row.customer
  const checked = ({ verified }: { readonly verified: boolean }): string => (verified ? '' : ' (not verified)')
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['customer', id],
    ['name', nameOfCustomer(row.customer)],
    ...Object.entries(details).filter(([name]) => !/name$/i.test(name)),
    ...emails.map((each): [string, string] => ['e-mail', `${each.address}${checked(each)}`]),
    ...phones.map((each): [string, string] => ['phone', `${each.number}${checked(each)}`]),
    ...externalIds.map((each): [string, string] => [each.system, each.id]),
    ...Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]),
    ['organisation', organisation?.organisation.name],
    ['merged into', mergedInto],
    ['blocked', blocked?.reason],
    ['notes', notes.length > 0 ? String(notes.length) : undefined],
    ['tickets', `${figures.open} open, ${figures.past} past, ${figures.lastThirtyDays} in the last 30 days`],
    [
      'chats',
      `${figures.openChats} open, ${figures.pastChats} past, ${figures.chatsLastThirtyDays} in the last 30 days`,
    ],
    ['promises', `${figures.promisesKept} kept, ${figures.promisesMissed} missed, ${figures.promisesOpen} open`],
  ]
  terminal.out(
    table(
      ['', ''],
      lines.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
  )
}

/** The options of `customers import`. */
export type CustomersImportOptions = ActorOption & {
  readonly name?: string
  readonly rejects?: string
  readonly organisations?: boolean
  readonly delimiter?: string
  readonly encoding?: string
  readonly json?: boolean
}

/** Imports a file of customers, or of organisations, and prints the account of its rows. */
export async function importFile(file: string, options: CustomersImportOptions, context: Context): Promise<void> {
  const { terminal } = context
  const { by, delimiter, encoding } = options
  const importId = options.name ?? basename(file).split('.', 1)[0] ?? file
  const rejectsFile = options.rejects ?? `${file}.rejects.csv`
  const { account, stopped } = await withEngine(context, async ({ database, desk, runner, readModels }, signal) => {
    const progress = terminal.progress('importing', 0)
    const kind = options.organisations ? 'organisations' : 'customers'
    const organisationsNamed = (name: string) => readModels.customers.organisationsNamed(name)
    try {
      const onRows = (rows: number): void => progress.update(rows, rows)
      const work = (lockSignal: AbortSignal) =>
        importRecords({
          kind,
          file,
          delimiter,
          encoding,
          importId,
          rejectsFile,
          desk,
          now,
          by,
          organisationsNamed,
          onRows,
          signal: lockSignal,
        })
      const account = await holdImport(database.url, importId, work, signal)
      return { account, stopped: await watchLag(runner, terminal, { signal, position: account.position }) }
    } finally {
      progress.stop()
    }
  })
  const { rows, created, updated, unchanged, refused, ignored } = account
  const rejects = refused > 0 ? rejectsFile : null
  if (ignored.length > 0)
    terminal.err(
      `warning: ${counted(ignored.length, 'column')} ignored: ${ignored.join(', ')}; \`guichet customers export\` writes all that there are`,
    )
  if (options.json)
    terminal.out(
      JSON.stringify({ import: importId, file, rows, created, updated, unchanged, refused, ignored, rejects }),
    )
  else {
    terminal.out(
      `${counted(rows, 'row')} of ${importId}: ${created} created, ${updated} updated, ${unchanged} unchanged, ${refused} refused`,
    )
    if (rejects !== null) terminal.out(`the refused rows are in ${rejects}`)
  }
  if (stopped) throw stopped
}

/** The options of `customers export`. */
export type CustomersExportOptions = ActorOption & {
  readonly organisations?: boolean
  readonly delimiter?: string
  readonly force?: boolean
}

/** Writes all customers, or all organisations, to a file and prints their number. */
export async function exportFile(
  file: string,
  { organisations = false, by, delimiter, force = false }: CustomersExportOptions,
  context: Context,
): Promise<void> {
  if (!force && existsSync(file))
    throw new CommandFault('export_unwritable', `${file} is there already; \`--force\` replaces it`)
  const written = await askReadModels(context, async ({ desk, readModels }) => {
    await desk.terms()
    const settings = desk.timeline.at(-1)?.customers
    const names = ((organisations ? settings?.organisationFields : settings?.fields) ?? []).map(({ name }) => name)
    const exported = organisations ? exportedOrganisations : exportedCustomers
    const kind = organisations ? 'organisations' : 'customers'
    return exportRecords(file, exported(names, readModels.customers), {
      delimiter,
      record: (facts) => recordAdministration(desk.engine, { type: 'recordExport', exported: kind, ...facts }, by),
    })
  })
  context.terminal.out(`${counted(written, organisations ? 'organisation' : 'customer')} written to ${file}`)
}
