import { AsyncLocalStorage } from 'node:async_hooks'
import type { SpanContext } from '@opentelemetry/api'
import type { Span } from '@opentelemetry/sdk-trace-node'
import type { Append, EventStore, StreamName } from '@guichet/domain'
import { LruCache, parseStream } from '@guichet/domain'
import { isPackageMissing } from '@guichet/eventstore'
import type { WrittenBatch } from '@guichet/projections'
import { CommandFault } from '../fault.ts'
import type { TraceRequest } from '@guichet/api/operation'

/** Traces from a request to its events, the read models that show them and the clocks that they set. */
export type Tracing = {
  /** Answers a request in a span, which continues the trace of its `traceparent`. */
  readonly request: TraceRequest
  /**
   * Returns the same store with a span for each append. The correlation id of events is their trace, so that other
   * processes continue it.
   */
  store(store: EventStore): EventStore
  /** Records a span for a transaction of the read models. */
  written(batch: WrittenBatch): void
  /** Sends outstanding spans within two seconds. */
  stop(): Promise<void>
}

const patienceMs = 2_000
/** The number of streams whose latest trace is cached. */
const cachedStreams = 10_000
/** Older events, such as in a rebuild, and traces beyond `tracesInBatch` in one transaction get no span. */
const newestMs = 60_000
const tracesInBatch = 100

/**
 * Sends spans over OTLP (HTTP, JSON) to a collector, in the background. If it is away, only the spans are lost.
 * @param url of the collector's traces, such as `http://127.0.0.1:4318/v1/traces`.
 * @throws Fault `package_missing`.
 */
export async function openTracing(url: string): Promise<Tracing> {
  const { api, sdk, exporter, resources } = await load()
  const provider = new sdk.NodeTracerProvider({
    resource: resources.resourceFromAttributes({ 'service.name': process.env['OTEL_SERVICE_NAME'] ?? 'guichet' }),
    spanProcessors: [
      new sdk.BatchSpanProcessor(new exporter.OTLPTraceExporter({ url, timeoutMillis: patienceMs }), {
        exportTimeoutMillis: patienceMs,
      }),
    ],
  })
  const tracer = provider.getTracer('guichet')
  const active = new AsyncLocalStorage<Span>()
  const latest = new LruCache<StreamName, SpanContext>({ maxEntries: cachedStreams })
  const under = (parent: SpanContext | undefined) =>
    parent ? api.trace.setSpanContext(api.ROOT_CONTEXT, parent) : api.ROOT_CONTEXT
  const failed = (span: Span, error: unknown): void => {
    span.setStatus({ code: api.SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'unknown' })
  }

  const spanOf = ({ stream, events, correlationId }: Append): Span => {
    const { category, id } = parseStream(stream)
    const by = events[0]?.by
    const isClock = by?.kind === 'system' && by.id === 'clock'
    const cause = isClock ? latest.get(stream) : undefined
    const attributes = {
      'guichet.events': events.map(({ type }) => type),
      ...(by && { 'guichet.by': by.kind }),
      // The streams of recipients and agents are named by people's ids: they are left out.
      ...((category === 'ticket' || category === 'incident') && { [`guichet.${category}`]: id }),
    }
    return tracer.startSpan(
      `${isClock ? 'clock' : 'append'} ${category}`,
      { attributes, ...(cause && { links: [{ context: cause }] }) },
      under(active.getStore()?.spanContext() ?? contextIn(correlationId)),
    ) as Span
  }

  return {
    request: (request, reply, answer) => {
      const { method, id, headers, routeOptions } = request
      const attributes = {
        'http.request.method': method,
        'http.route': routeOptions.url ?? '',
        'guichet.request_id': id,
      }
      const options = { kind: api.SpanKind.SERVER, attributes }
      const header = headers['traceparent']
      const parent = under(contextIn(typeof header === 'string' ? header : undefined))
      const span = tracer.startSpan(`${method} ${routeOptions.url}`, options, parent) as Span
      return active.run(span, async () => {
        try {
          const answered = await answer()
          span.setAttribute('http.response.status_code', reply.statusCode)
          return answered
        } catch (error) {
          failed(span, error)
          throw error
        } finally {
          span.end()
        }
      })
    },
    store: (store) => ({
      ...store,
      append: async (append) => {
        const span = spanOf(append)
        const correlationId = append.correlationId ?? parentOf(span.spanContext())
        try {
          const outcome = await store.append({ ...append, correlationId })
          span.setAttribute('guichet.outcome', outcome.kind)
          return outcome
        } catch (error) {
          failed(span, error)
          throw error
        } finally {
          span.end()
        }
      },
    }),
    written: ({ projections, events, milliseconds }) => {
      const ended = Date.now()
      const traces = new Map<string, { readonly context: SpanContext; events: number }>()
      for (const { correlationId, stream, recordedAt } of events) {
        const context = contextIn(correlationId)
        if (!context) continue
        latest.set(stream, context)
        const trace = traces.get(correlationId)
        if (trace) trace.events++
        else if (traces.size < tracesInBatch && ended - Date.parse(recordedAt) < newestMs)
          traces.set(correlationId, { context, events: 1 })
      }
      for (const { context, events: count } of traces.values()) {
        const attributes = { 'guichet.projections': [...projections], 'guichet.event_count': count }
        const startTime = ended - milliseconds
        tracer.startSpan('project', { attributes, startTime }, under(context)).end(ended)
      }
    },
    stop: async () => {
      const late = new Promise<void>((resolve) => setTimeout(resolve, 2 * patienceMs).unref())
      await Promise.race([provider.shutdown().catch(() => undefined), late])
    },
  }
}

const traceparent = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/

/** Returns the span that a W3C `traceparent` names; undefined for any other text. */
function contextIn(text: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = traceparent.exec(text ?? '') ?? []
  if (!traceId || !spanId || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, traceFlags: Number.parseInt(flags ?? '0', 16) & 1, isRemote: true }
}

const parentOf = ({ traceId, spanId, traceFlags }: SpanContext): string => `00-${traceId}-${spanId}-0${traceFlags & 1}`

async function load() {
  try {
    const [api, sdk, exporter, resources] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ])
    return { api, sdk, exporter, resources }
  } catch (cause) {
    if (!isPackageMissing(cause)) throw cause
    const next =
      'npm install @opentelemetry/api@1 @opentelemetry/sdk-trace-node@2 @opentelemetry/resources@2 @opentelemetry/exporter-trace-otlp-http@0.223, or unset GUICHET_TRACES'
    throw new CommandFault('package_missing', 'what sends traces is not installed', { next, cause })
  }
}
