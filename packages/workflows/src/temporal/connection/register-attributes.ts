import type { Connection } from '@temporalio/client'
import { isGrpcServiceError } from '@temporalio/client'
import { searchAttributes } from '../workflow/search-attributes.ts'

/** What has to be done by hand, where the server does not let this program do it. */
export class SearchAttributesUnusable extends Error {
  override readonly name = 'SearchAttributesUnusable'
}

/** The types of our search attributes, as the protocol and the command line of Temporal write them. */
const types = {
  KEYWORD: { code: 2, written: 'Keyword' },
  BOOL: { code: 5, written: 'Bool' },
  DATETIME: { code: 6, written: 'Datetime' },
} as const

const ours = Object.values(searchAttributes)

/**
 * Sees to it that the namespace has the search attributes of the clocks; one that an earlier version has used lacks some of them.
 * @throws SearchAttributesUnusable with the command to run, when they are missing and may not be added, or have other types.
 */
export async function registerSearchAttributes({ operatorService }: Connection, namespace: string): Promise<void> {
  let missing: readonly Attribute[] = ours
  try {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace })
    const others = ours.filter(({ name, type }) => (customAttributes[name] ?? types[type].code) !== types[type].code)
    if (others.length > 0) throw otherTypes(namespace, others)
    missing = ours.filter(({ name }) => !(name in customAttributes))
    if (missing.length === 0) return
    const added = missing.map(({ name, type }) => [name, types[type].code])
    await operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(added) })
  } catch (cause) {
    if (!isGrpcServiceError(cause)) throw cause
    throw new SearchAttributesUnusable(
      `Temporal does not let search attributes be added to the namespace ${namespace} (${cause.details}); ` +
        `run: ${registrationCommand(namespace, missing)}. Until then clocks run without them`,
      { cause },
    )
  }
}

type Attribute = (typeof ours)[number]

function otherTypes(namespace: string, attributes: readonly Attribute[]): SearchAttributesUnusable {
  const wanted = attributes.map(({ name, type }) => `${name} (wanted: ${types[type].written})`)
  return new SearchAttributesUnusable(
    `the namespace ${namespace} has search attributes of other types: ${wanted.join(', ')}; ` +
      'remove them, or set TEMPORAL_NAMESPACE to a namespace of its own. Until then clocks run without them',
  )
}

/** The command by which an operator adds them: all, unless some are named. */
export function registrationCommand(namespace: string, missing: readonly Attribute[] = ours): string {
  const attributes = missing.map(({ name, type }) => `--name ${name} --type ${types[type].written}`)
  return `temporal operator search-attribute create --namespace ${namespace} ${attributes.join(' ')}`
}
