import type { Configuration } from '@guichet/domain'
import { formatDuration } from '@guichet/domain'
import { Document, isCollection, isMap, isScalar, visit } from 'yaml'
import { safeText } from '../terminal-text/safe-text.ts'
import { withDurations } from './durations.ts'

/** A configuration as people write it: durations such as `1h30m`, fields in the order of the documentation. */
export const inWords = (configuration: Configuration): Readonly<Record<string, unknown>> =>
  withDurations(configuration, (value) => (typeof value === 'number' ? formatDuration(value) : value))

/**
 * Writes a configuration file that `readConfiguration` reads as the very same configuration.
 * @param comment what it begins with, line by line.
 */
export function writeConfiguration(configuration: Configuration, comment: readonly string[]): string {
  const document = new Document(inWords(configuration), { version: '1.2', aliasDuplicateObjects: false })
  document.commentBefore = comment.map((line) => ` ${line}`).join('\n')
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && safeText(node.value) !== node.value) node.type = 'QUOTE_DOUBLE'
    },
    Collection: (_, node, path) => {
      const section = isMap(node) && path.length <= 3
      if (!section && isInLine(node.items)) node.flow = true
    },
    Pair: (key, pair, path) => {
      const [name, value] = [pair.key, pair.value]
      if (path.length === 2 && Number(key) > 0 && isScalar(name) && isCollection(value)) name.spaceBefore = true
    },
  })
  return safeText(document.toString({ lineWidth: 120, flowCollectionPadding: true }))
}

/** Whether a collection is short enough for one line: values alone, and few of them. */
function isInLine(items: readonly unknown[]): boolean {
  const values = items.map((item) =>
    typeof item === 'object' && item !== null && 'value' in item && 'key' in item ? item.value : item,
  )
  return values.every((value) => isScalar(value) && String(value.value).length <= 40) && values.length <= 8
}
