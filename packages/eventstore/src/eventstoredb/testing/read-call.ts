import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import type { ReadReq as Request, ReadResp as Answer } from '@eventstore/db-client/generated/streams_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { EventLog, Logged } from './event-log.ts'
import type { Faults } from './faults.ts'
import { passes } from './filter.ts'
import { noOptions, offTheLog, streamDeleted, turnedAway } from './refusals.ts'

const { ReadReq, ReadResp } = streams
type Call = ServerWritableStream<Request, Answer>
type Options = Request.Options

/** The subscriptions under way, and how many there were so far. */
export type Subscriptions = { readonly open: Set<{ drop(quietly: boolean): void }>; ever: number }

/** What reads have cost so far: how many there were, and the events they were answered with. */
export type Traffic = { reads: number; events: number }

/** `Streams.Read`: a stream or all of them, forwards, backwards, or from now on. */
export function readCall(
  log: EventLog,
  faults: Faults,
  subscriptions: Subscriptions,
  traffic: Traffic,
): handleServerStreamingCall<Request, Answer> {
  return (call) => {
    call.on('error', () => undefined)
    const refused = turnedAway(faults, call.metadata)
    const options = call.request.getOptions()
    if (refused || !options) return void call.emit('error', refused ?? noOptions)
    if (options.hasSubscription()) return follow(call, options, log, subscriptions)
    if (faults.silentReads) return
    traffic.reads++
    const answer = (): void => {
      const events = options.hasStream() ? readOne(call, options, log) : readAll(call, options, log)
      if (!events) return
      traffic.events += events.length
      for (const event of events) call.write(toAnswer(event))
      call.end()
    }
    if (options.hasFilter() && faults.searching) void faults.searching.then(answer)
    else answer()
  }
}

/** Undefined when it has been answered otherwise. */
function readOne(call: Call, options: Options, log: EventLog): readonly Logged[] | undefined {
  const identifier = options.getStream()?.getStreamIdentifier()
  const name = Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8')
  if (log.isDeleted(name)) {
    call.emit('error', streamDeleted(name))
    return undefined
  }
  const kept = log.stream(name)
  if (!kept) {
    call.write(new ReadResp().setStreamNotFound(new ReadResp.StreamNotFound().setStreamIdentifier(identifier)))
    call.end()
    return undefined
  }
  const from = options.getStream()?.hasRevision() ? Number(options.getStream()?.getRevision()) : undefined
  const chosen = isBackwards(options)
    ? kept.filter(({ revision }) => from === undefined || revision <= from).reverse()
    : kept.filter(({ revision }) => from === undefined || revision >= from)
  return chosen.slice(0, Number(options.getCount()))
}

/** Forwards the event at the position is among them, backwards it is not; beyond the last one there is nothing to answer. */
function readAll(call: Call, options: Options, log: EventLog): readonly Logged[] | undefined {
  const given = options.getAll()?.getPosition()
  const from = given && BigInt(given.getCommitPosition())
  const last = log.all.at(-1)?.position ?? -1n
  const at = from === undefined ? undefined : log.indexOf(from)
  if (from !== undefined && at === undefined && from <= last) {
    call.emit('error', offTheLog)
    return undefined
  }
  const matches = passes(options.getFilter())
  const count = Number(options.getCount())
  const found: Logged[] = []
  const [step, start] = isBackwards(options) ? [-1, (at ?? log.all.length) - 1] : [1, from === undefined ? 0 : at]
  for (let index = start ?? log.all.length; found.length < count; index += step) {
    const event = log.all[index]
    if (!event) break
    if (matches(event)) found.push(event)
  }
  return found
}

/** Only from the end: what a store that polls besides needs for its wake-ups. */
function follow(call: Call, options: Options, log: EventLog, subscriptions: Subscriptions): void {
  const matches = passes(options.getFilter())
  const stop = log.onAppended((event) => {
    if (matches(event)) call.write(toAnswer(event))
  })
  const subscription = {
    drop: (quietly: boolean) => {
      if (quietly) call.end()
      else call.emit('error', { code: 14, details: 'the node shuts down' })
    },
  }
  subscriptions.open.add(subscription)
  subscriptions.ever++
  const over = (): void => {
    stop()
    subscriptions.open.delete(subscription)
  }
  call.on('cancelled', over).on('finish', over).on('error', over)
  const confirmation = new ReadResp.SubscriptionConfirmation().setSubscriptionId(crypto.randomUUID())
  call.write(new ReadResp().setConfirmation(confirmation))
  call.write(new ReadResp().setCaughtUp(new ReadResp.CaughtUp()))
}

const isBackwards = (options: Options): boolean =>
  options.getReadDirection() === ReadReq.Options.ReadDirection.BACKWARDS

function toAnswer(event: Logged): Answer {
  const recorded = new ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(event.id))
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(event.stream).toString('base64')))
    .setStreamRevision(String(event.revision))
    .setData(event.data)
    .setCustomMetadata(event.metadata)
    .setCommitPosition(String(event.position))
    .setPreparePosition(String(event.position))
  const described = recorded.getMetadataMap()
  described.set('type', event.type)
  described.set('content-type', event.contentType)
  described.set('created', String(BigInt(event.createdMs) * 10_000n))
  return new ReadResp().setEvent(new ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(String(event.position)))
}
