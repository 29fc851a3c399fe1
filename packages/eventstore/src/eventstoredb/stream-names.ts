import { AppendRejected } from '../failure/index.ts'
import type { StreamFilter } from './client.ts'

/** How streams are called on the server, of which other applications may have streams of their own. */
export type StreamNames = {
  onServer(stream: string): string
  here(onServer: string): string
  /** What the server lets through of all events. */
  readonly filter: StreamFilter
  /** @throws RangeError or AppendRejected for a stream that could not be kept, or not be found again by the filter. */
  check(stream: string): void
}

/** No name of the server's own, and no prefix in front of the category: those are streams of a Guichet with a prefix. */
const unprefixed = '^[^$.-][^.-]*(?:-|$)'

/** With a prefix, streams are called `<prefix>.<stream>`, and no other ones are seen; without one, `<stream>`. */
export function streamNames(prefix: string | undefined): StreamNames {
  const before = prefix === undefined ? '' : `${prefix}.`
  const plain = new RegExp(unprefixed)
  return {
    onServer: (stream) => `${before}${stream}`,
    here: (onServer) => onServer.slice(before.length),
    filter: prefix === undefined ? { regex: unprefixed } : { prefixes: [before] },
    check(stream) {
      if (stream === '' || (prefix === undefined && !plain.test(stream))) {
        throw new RangeError(`not a stream that is kept without streamPrefix: ${stream}`)
      }
      if (Buffer.from(stream).toString() !== stream) {
        throw new AppendRejected('the stream holds half a surrogate pair, which EventStoreDB cannot keep')
      }
    },
  }
}
