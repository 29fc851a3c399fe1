import type { Connection } from '@temporalio/client'
import { isGrpcServiceError } from '@temporalio/client'
import { searchAttributes } from '../workflow/search-attributes.ts'

/** What has to be done by hand, where the server does not let this program do it. */
export class SearchAttributesMissing extends Error {
  override readonly name = 'SearchAttributesMissing'
}

/** The types of our search attributes, as the protocol and the command line of Temporal write them. */
const types = {
  KEYWORD: { code: 2, written: 'Keyword' },
  BOOL: { code: 5, written: 'Bool' },
  DATETIME: { code: 6, written: 'Datetime' },
} as const

/**
 * Sees to it that the namespace has the search attributes of the clocks.
 * @throws SearchAttributesMissing with the command to run, when they are missing and may not be added.
 */
export async function registerSearchAttributes({ operatorService }: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace })
  const missing = Object.values(searchAttributes).filter(({ name }) => !(name in customAttributes))
  if (missing.length === 0) return
  try {
    const added = missing.map(({ name, type }) => [name, types[type].code])
    await operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(added) })
  } catch (cause) {
    if (!isGrpcServiceError(cause)) throw cause
    throw new SearchAttributesMissing(
      `the clocks go without labels: the namespace ${namespace} lacks search attributes and does not let them be added. ` +
        `Run: ${registrationCommand(namespace)}`,
      { cause },
    )
  }
}

/** The command by which an operator adds all of them. */
export function registrationCommand(namespace: string): string {
  const attributes = Object.values(searchAttributes).map(
    ({ name, type }) => `--name ${name} --type ${types[type].written}`,
  )
  return `temporal operator search-attribute create --namespace ${namespace} ${attributes.join(' ')}`
}
