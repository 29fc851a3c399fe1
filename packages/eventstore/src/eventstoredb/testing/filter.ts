import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js'
import type { Logged } from './event-log.ts'

type Filter = ReadReq.Options.FilterOptions
type Expression = ReadReq.Options.FilterOptions.Expression

/** Whether an event passes the filter of a request: by prefixes or an expression, of its stream's name or its type. */
export function passes(filter: Filter | undefined): (event: Logged) => boolean {
  if (!filter) return () => true
  const byStream = filter.getStreamIdentifier()
  if (byStream) {
    const matches = matching(byStream)
    return ({ stream }) => matches(stream)
  }
  const byType = filter.getEventType()
  const matches = byType ? matching(byType) : () => true
  return ({ type }) => matches(type)
}

function matching(expression: Expression): (text: string) => boolean {
  const prefixes = expression.getPrefixList()
  if (prefixes.length > 0) return (text) => prefixes.some((prefix) => text.startsWith(prefix))
  const regex = new RegExp(expression.getRegex())
  return (text) => regex.test(text)
}
