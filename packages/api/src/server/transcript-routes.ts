import { create as contentDisposition } from 'content-disposition'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { chatReadingSchema, instant, isTransient, languageOf } from '@guichet/domain'
import { actorOf, isCustomer, principalKey } from '../auth/principal.ts'
import type { Principal } from '../auth/principal.ts'
import { accessTo } from '../auth/rights.ts'
import { edgeError } from '../errors.ts'
import { refusedAdministration } from '@guichet/desk'
import type { ApiContext } from '../graphql/services.ts'
import { readVisibleChat } from '../graphql/shared-access.ts'
import type { Permits } from '../permits.ts'
import { createPermits } from '../permits.ts'
import { isTranscriptFormat, openTranscript, transcriptFormats } from '../transcript/transcript.ts'
import type { RateLimits } from './authentication.ts'
import { requireToken } from './authentication.ts'
import type { Limits } from './limits.ts'
import type { Quotas } from './quotas.ts'

type TranscriptRequest = FastifyRequest<{ Params: { readonly id: string; readonly file: string } }>

const reading = chatReadingSchema.shape
const querySchema = z.object({
  language: reading.language.unwrap().optional(),
  timeZone: reading.timeZone.unwrap().optional(),
  audience: z.enum(['customer', 'desk']).optional(),
})

/** How long a request waits for its place among the few whose transcripts are sent, in milliseconds. */
const patienceMs = 15_000

/** The transcripts that are sent at once, in all and to one principal: each holds a place for as long as its reader takes. */
const transcriptsAtOnce = 8
const ofPrincipalAtOnce = 1

/**
 * Adds `GET /chats/:id/transcript.txt`, `.json` and `.pdf`: the transcript of a chat for the bearer of the token.
 * Customers and visitors get the chats that they may see, without what is internal; the desk may ask for either with `audience`.
 * What the desk gets is recorded as an export, which counts as a mutation of this size.
 */
export function addTranscriptRoutes(
  app: FastifyInstance,
  contextOf: (request: FastifyRequest) => ApiContext,
  limits: Pick<Limits, 'transcriptMs'>,
  rateLimits: RateLimits,
  quotas: Pick<Quotas, 'exhausted' | 'takeRead' | 'takeWritten'>,
): void {
  const places = createPermits(transcriptsAtOnce, ofPrincipalAtOnce)
  app.get('/chats/:id/:file', {
    // It would be recorded as an export, of which nothing leaves the desk.
    exposeHeadRoute: false,
    preParsing: requireToken(rateLimits, () => false),
    handler: (request, reply) =>
      sendTranscript(request as TranscriptRequest, reply, contextOf(request), limits, places, quotas),
  })
}

async function sendTranscript(
  request: TranscriptRequest,
  reply: FastifyReply,
  context: ApiContext,
  { transcriptMs }: Pick<Limits, 'transcriptMs'>,
  places: Permits,
  quotas: Pick<Quotas, 'exhausted' | 'takeRead' | 'takeWritten'>,
): Promise<FastifyReply> {
  const { principal, params, headers } = request
  const { desk, store } = context.services
  // Also as the id of a node.
  const chatId = params.id.replace(/^Chat~/, '')
  const [, format = ''] = /^transcript\.(\w+)$/.exec(params.file) ?? []
  if (!isTranscriptFormat(format)) throw edgeError('route_not_found')
  if (!principal || accessTo('chat', principal) === 'none') throw edgeError('forbidden')
  const exhausted = quotas.exhausted(principal)
  if (exhausted) throw exhausted
  const query = querySchema.safeParse(request.query)
  if (!query.success) {
    const [issue] = query.error.issues
    throw edgeError('malformed_input', `${issue?.path.join('.')}: ${issue?.message}`)
  }
  const chat = await readVisibleChat(chatId, context)
  if (!chat) throw edgeError('chat_unknown')
  const { language, timeZone = (await desk.terms()).policy.timeZone, audience } = query.data
  const accepted = languageOf({ acceptLanguage: headers['accept-language'] }, () => true)
  const reader = {
    audience: audienceOf(principal, audience),
    language: language ?? accepted ?? chat.language,
    timeZone,
  }

  const free = await places.take(patienceMs, principalKey(principal))
  if (!free) throw edgeError('read_timeout', 'too many transcripts are being read; ask again')
  if (!isCustomer(principal)) {
    const exported = {
      type: 'recordExport',
      exported: 'chat',
      format,
      rows: 1,
      chatId,
      audience: reader.audience,
    } as const
    try {
      const tooMuch = quotas.takeWritten(principal, Buffer.byteLength(JSON.stringify(exported)))
      if (tooMuch) throw tooMuch
      const refusal = await refusedAdministration(desk, exported, actorOf(principal))
      if (refusal) throw isTransient(refusal) ? edgeError('unavailable', refusal.message) : new Error(refusal.message)
    } catch (error) {
      free()
      throw error
    }
  }
  const content = openTranscript({ store, chatId, chat, reader, now: instant(new Date()) }, format)
  const timer = setTimeout(() => {
    request.raw.destroy()
    content.destroy()
  }, transcriptMs)
  content.once('close', () => {
    clearTimeout(timer)
    free()
  })
  // Nothing is written while a PDF is made: only then may the connection be silent for as long.
  const { socket } = request.raw
  const stalledMs = socket.timeout ?? 0
  socket.setTimeout(transcriptMs)
  content.once('data', () => socket.setTimeout(stalledMs))
  content.on('data', (part: Buffer | string) => quotas.takeRead(principal, part.length))
  content.pause()
  request.raw.once('close', () => content.destroy())
  return reply
    .headers({
      'content-type': transcriptFormats[format],
      'content-disposition': contentDisposition(`chat-${chatId}.${format}`, { type: 'attachment' }),
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    })
    .send(content)
}

/** Customers get what they are shown, whatever they ask for. */
const audienceOf = (principal: Principal, audience: 'customer' | 'desk' | undefined): 'customer' | 'desk' =>
  isCustomer(principal) ? 'customer' : (audience ?? 'desk')
