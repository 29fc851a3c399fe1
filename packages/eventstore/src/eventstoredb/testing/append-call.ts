import type { handleClientStreamingCall } from '@grpc/grpc-js'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import type { AppendReq, AppendResp as Answer } from '@eventstore/db-client/generated/streams_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { Appended, EventLog, Expected, Proposed } from './event-log.ts'
import type { Faults } from './faults.ts'
import { streamDeleted, tooLarge, turnedAway, unavailable } from './refusals.ts'

const { AppendResp } = streams
type Success = Extract<Appended, { readonly position: bigint }>
type Handler = handleClientStreamingCall<AppendReq, Answer>

/** `Streams.Append`: the options first, then one message for each event. */
export function appendCall(log: EventLog, faults: Faults): Handler {
  return (call, answer) => {
    let options: AppendReq.Options | undefined
    const events: Proposed[] = []
    let size = 0
    let refusedEarly = false
    call.on('data', (message: AppendReq) => {
      options ??= message.getOptions()
      const proposed = message.getProposedMessage()
      if (!proposed || refusedEarly) return
      events.push(toProposed(proposed))
      size += sizeOf(events.at(-1))
      // The server does not wait for the rest of what it is not going to take.
      if (size > faults.maxAppendSize) {
        refusedEarly = true
        answer(tooLarge(faults.maxAppendSize))
      }
    })
    call.on('error', () => undefined)
    call.on('end', () => {
      if (refusedEarly) return
      const refused = turnedAway(faults, call.metadata)
      if (refused) return answer(refused)
      const stream = Buffer.from(options?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8')
      const appended = log.append(stream, expectedOf(options), events)
      if (faults.lostAnswers > 0) {
        faults.lostAnswers--
        return answer(unavailable)
      }
      void Promise.resolve(faults.answersHeld).then(() =>
        appended.kind === 'deleted' ? answer(streamDeleted(stream)) : answer(null, toAnswer(appended)),
      )
    })
  }
}

const sizeOf = (event: Proposed | undefined): number =>
  event ? 2 * event.type.length + event.data.length + event.metadata.length : 0

function toProposed(message: AppendReq.ProposedMessage): Proposed {
  const described = message.getMetadataMap()
  return {
    id: message.getId()?.getString() ?? '',
    type: described.get('type') ?? '',
    contentType: described.get('content-type') ?? '',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  }
}

function expectedOf(options: AppendReq.Options | undefined): Expected {
  if (options?.hasNoStream()) return 'no_stream'
  if (options?.hasStreamExists()) return 'stream_exists'
  return options?.hasRevision() ? Number(options.getRevision()) : 'any'
}

function toAnswer(appended: Exclude<Appended, { kind: 'deleted' }>): Answer {
  const answer = new AppendResp()
  if (appended.kind === 'wrong_version') {
    const wrong = new AppendResp.WrongExpectedVersion()
    if (appended.actual === undefined) wrong.setCurrentNoStream(new shared.Empty())
    else wrong.setCurrentRevision(String(appended.actual))
    return answer.setWrongExpectedVersion(wrong)
  }
  return answer.setSuccess(successOf(appended))
}

function successOf({ revision, position }: Success): Answer.Success {
  const place = new AppendResp.Position()
  place.setCommitPosition(String(position)).setPreparePosition(String(position))
  return new AppendResp.Success().setCurrentRevision(String(revision)).setPosition(place)
}
