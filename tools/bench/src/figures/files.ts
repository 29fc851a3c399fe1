import { randomBytes, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Bench, Figure } from '../bench.ts'
import { figure, skipped } from '../bench.ts'
import type { Ask } from '../guichet-process.ts'
import { agentToken, openClients, startServer, untilReady } from '../guichet-process.ts'

const megabyte = 1_000_000

/** The length of each file, in bytes. */
const fileBytes = 20 * megabyte

/** The most memory that a hundred uploads at once may add to a server, in megabytes. */
const target = 150

/**
 * Measures a hundred uploads of 20 MB at once, by signed links, to a separate server that keeps files in a folder: how
 * much its memory grows at the most, and the rate at which files are received, checked and stored.
 */
export async function files({ ground, quick }: Bench): Promise<readonly Figure[]> {
  if (process.platform !== 'linux')
    return [skipped('files-memory', 'MB', target, 'only Linux tells the memory of a process')]
  const uploads = quick ? 20 : 100
  const environment = { GUICHET_RATE_LIMIT: '0', GUICHET_UPLOAD_QUOTA: '0' }
  const { server, secret } = startServer(
    join(ground.folder, `files-${randomUUID()}`),
    await ground.database(),
    environment,
  )
  try {
    const origin = await untilReady(server)
    const clients = await openClients(origin, [await agentToken(secret)], 4)
    const ticketId = randomUUID()
    const open = { commandId: randomUUID(), ticketId, subject: 'Files', body: 'x', customer: { id: 'zoe' } }
    await clients.ask('mutation ($input: OpenTicketInput!) { openTicket(input: $input) { userErrors { code } } }', {
      input: open,
    })
    const warm = await grant(clients.ask, ticketId)
    await send(`${origin}${warm}`)

    const links = await Promise.all(Array.from({ length: uploads }, () => grant(clients.ask, ticketId)))
    const before = await residentOf(server.child.pid)
    let most = before
    let measuring = true
    const sampling = (async () => {
      while (measuring) {
        most = Math.max(most, await residentOf(server.child.pid))
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    })()
    const begun = performance.now()
    await Promise.all(links.map((link) => send(`${origin}${link}`)))
    const seconds = (performance.now() - begun) / 1_000
    measuring = false
    await sampling
    await clients.close()
    return [
      figure('files-memory', 'MB', most - before, { target }),
      figure('files-resident', 'MB', most),
      figure('files-stored', 'MB/s', (uploads * fileBytes) / megabyte / seconds),
    ]
  } finally {
    server.child.kill('SIGTERM')
    await server.exited
  }
}

/** Asks for an upload. @returns its link. */
async function grant(ask: Ask, ticketId: string): Promise<string> {
  const answer = await ask(
    'mutation ($input: CreateUploadInput!) { createUpload(input: $input) { upload { url } userErrors { code } } }',
    { input: { commandId: randomUUID(), ticketId, name: 'a.bin', bytes: fileBytes } },
  )
  return (JSON.parse(answer) as { data: { createUpload: { upload: { url: string } } } }).data.createUpload.upload.url
}

/** Sends a file that no other upload has. */
async function send(url: string): Promise<void> {
  const chunk = randomBytes(64 * 1024)
  const content = function* (): Generator<Buffer> {
    for (let sent = 0; sent < fileBytes; sent += chunk.length)
      yield chunk.subarray(0, Math.min(chunk.length, fileBytes - sent))
  }
  const sending = request(url, { method: 'PUT', headers: { 'content-length': fileBytes } })
  const answered = new Promise<number>((resolve, reject) => {
    sending.on('error', reject)
    sending.on('response', (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
    })
  })
  await pipeline(Readable.from(content()), sending)
  const status = await answered
  if (status !== 201) throw new Error(`an upload was answered with the status ${status}`)
}

/** The memory of a process, in megabytes. */
async function residentOf(pid: number | undefined): Promise<number> {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1_000
}
