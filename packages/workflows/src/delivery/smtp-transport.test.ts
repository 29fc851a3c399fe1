import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import type { SMTPServerOptions } from 'smtp-server'
import { SMTPServer } from 'smtp-server'
import { afterEach, describe, expect, it } from 'vitest'
import { aDelivery } from '../testing/killed-sender.ts'
import type { Transport } from './delivery.ts'
import { TryAgain } from './delivery.ts'
import type { SmtpOptions } from './smtp.ts'
import { mailServerCheck, smtpTransport } from './smtp.ts'

const from = { name: 'Équipe Support', address: 'support@desk.example' }
const { signal } = new AbortController()
const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

type Mail = { readonly from: string; readonly to: readonly string[]; readonly source: string }

/** A mail server, and a transport that sends to it. */
async function mailServer(
  options: SMTPServerOptions = {},
  {
    login = '',
    timeoutMs = 5_000,
    ...own
  }: { login?: string; timeoutMs?: number } & Pick<SmtpOptions, 'attachments'> = {},
): Promise<{ readonly transport: Transport; readonly mails: readonly Mail[] }> {
  const mails: Mail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, { envelope }, done) => {
      const { mailFrom, rcptTo } = envelope
      let source = ''
      stream.setEncoding('utf8').on('data', (chunk: string) => void (source += chunk))
      stream.on('end', () => {
        mails.push({ from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address), source })
        done()
      })
    },
    ...options,
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  const transport = await smtpTransport({ url: `smtp://${login}127.0.0.1:${port}`, from, timeoutMs, ...own })
  open.push(server, transport)
  return { transport, mails }
}

const reply = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode })
/** The content of a part of a mail. */
function decoded(part: string): string {
  const [headers = '', ...content] = part.split('\r\n\r\n')
  const text = content.join('\r\n\r\n')
  if (/^Content-Transfer-Encoding: base64/im.test(headers)) return Buffer.from(text, 'base64').toString()
  const bytes = text
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

const headersOf = ({ source }: Mail): string => source.slice(0, source.indexOf('\r\n\r\n'))

describe('an e-mail', () => {
  it('carries what is attached to its delivery, and is tried again when that cannot be made', async () => {
    let fails = true
    const { transport, mails } = await mailServer(
      {},
      {
        attachments: async ({ kind }) => {
          if (fails) throw new Error('the store is away')
          return [{ filename: `${kind}.txt`, contentType: 'text/plain', content: Buffer.from('Bonjour, attached') }]
        },
      },
    )
    await expect(transport.send(aDelivery(), { signal })).rejects.toThrow('the store is away')
    expect(mails).toEqual([])
    fails = false
    expect(await transport.send(aDelivery(), { signal })).toEqual({ sent: true })
    expect(mails[0]?.source).toContain(`Content-Disposition: attachment; filename=${aDelivery().kind}.txt`)
    expect(mails[0]?.source).toContain(Buffer.from('Bonjour, attached').toString('base64'))
  })

  it('is plain text, names its origin, and carries the key of the delivery', async () => {
    const { transport, mails } = await mailServer()
    const delivery = aDelivery()
    expect(await transport.send(delivery, { signal })).toEqual({ sent: true })
    const [mail] = mails
    expect(mail).toMatchObject({ from: 'support@desk.example', to: ['marie@desk.example'] })
    const headers = mail ? headersOf(mail) : ''
    for (const line of [
      `Message-ID: <${delivery.key}@desk.example>`,
      'Auto-Submitted: auto-generated',
      'Content-Language: fr',
      'Date: Fri, 27 Mar 2026 09:00:00 +0000',
      'Content-Type: text/plain; charset=utf-8',
      'To: marie@desk.example',
    ]) {
      expect(headers.split('\r\n')).toContain(line)
    }
    expect(headers).toMatch(/^From: =\?UTF-8\?.*\?= <support@desk\.example>$/m)
    expect(headers).toMatch(/^Subject: =\?UTF-8\?/m)
    expect(mail?.source).toContain("Facture'")
  })

  it('has a page beside its text where it is written from right to left, in which nothing is markup', async () => {
    const { transport, mails } = await mailServer()
    const message = 'وصلكم رد على تذكرتكم «<b>Facture</b>».'
    await transport.send(aDelivery({ language: 'ar', title: 'رد جديد', message }), { signal })
    await transport.send(aDelivery(), { signal })
    const [arabic = '', french = ''] = mails.map(({ source }) => source)
    expect(arabic).toContain('Content-Language: ar')
    const encoded = arabic.split(/\r\n--[^\r]*\r\n/).map(decoded)
    const page = encoded.find((part) => part.startsWith('<!doctype html>'))
    expect(page).toContain('<html lang="ar" dir="rtl">')
    expect(page).toContain('«&lt;b&gt;Facture&lt;/b&gt;».')
    expect(french).not.toContain('text/html')
  })

  it('accepts no header from a title, and no second recipient from an address', async () => {
    const { transport, mails } = await mailServer()
    await transport.send(aDelivery({ title: 'Facture\r\nBcc: eve@evil.example\r\n\r\nhello' }), { signal })
    const [mail] = mails
    expect(mail?.to).toEqual(['marie@desk.example'])
    const headers = mail ? headersOf(mail) : ''
    expect(headers).not.toMatch(/^Bcc:/im)
    expect(headers).toMatch(/^Subject: Facture Bcc: eve@evil\.example hello$/m)

    const crafted = aDelivery({ address: 'marie@desk.example, eve@evil.example\r\nBcc: mallory@evil.example' })
    const outcome = await transport.send(crafted, { signal }).catch((error: unknown) => error)
    expect(outcome).toMatchObject({ sent: false })
    expect(mails).toHaveLength(1)
  })

  it('is refused without an address', async () => {
    const { transport } = await mailServer()
    const outcome = await transport.send(aDelivery({ address: undefined }), { signal })
    expect(outcome).toEqual({ sent: false, refused: 'no e-mail address of the recipient is known' })
  })

  it('is refused by a permanent reply to its recipient, and to its message', async () => {
    const unknown = await mailServer({ onRcptTo: (_, __, done) => done(reply(550, 'no such mailbox')) })
    expect(await unknown.transport.send(aDelivery(), { signal })).toEqual({
      sent: false,
      refused: expect.stringContaining('550') as string,
    })
    const spam = await mailServer({
      onData: (stream, _, done) => void stream.resume().on('end', () => done(reply(554, 'looks like spam'))),
    })
    expect(await spam.transport.send(aDelivery(), { signal })).toEqual({
      sent: false,
      refused: expect.stringContaining('554') as string,
    })
  })

  it('is retried after a transient reply, such as that of a greylist', async () => {
    const { transport } = await mailServer({ onRcptTo: (_, __, done) => done(reply(451, 'greylisted')) })
    await expect(transport.send(aDelivery(), { signal })).rejects.toThrow(/451 greylisted/)
    await expect(transport.send(aDelivery(), { signal })).rejects.toBeInstanceOf(TryAgain)
  })

  it('is retried when the login is refused, and no password is shown', async () => {
    const { transport } = await mailServer(
      { authOptional: false, onAuth: (_, __, done) => done(reply(535, 'wrong password')) },
      { login: 'desk:hunter2@' },
    )
    const error: unknown = await transport.send(aDelivery(), { signal }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(TryAgain)
    expect(String(error)).toContain('535')
    expect(String(error)).not.toContain('hunter2')
  })

  it('is retried when nothing listens, and when the server falls silent', async () => {
    const absent = await smtpTransport({ url: 'smtp://127.0.0.1:1', from, timeoutMs: 2_000 })
    open.push(absent)
    await expect(absent.send(aDelivery(), { signal })).rejects.toBeInstanceOf(TryAgain)
    const { transport } = await mailServer({ onRcptTo: () => undefined }, { timeoutMs: 300 })
    await expect(transport.send(aDelivery(), { signal })).rejects.toBeInstanceOf(TryAgain)
  })
})

describe('the check of a mail server', () => {
  const listening = async (server: { listen(port: number, host: string, then: () => void): unknown }): Promise<void> =>
    new Promise((resolve) => void server.listen(0, '127.0.0.1', resolve))

  /** A mail server that takes the password `p@ss` of `support@desk.example`, and counts what it is told. */
  const guarded = async (options: SMTPServerOptions = {}) => {
    const seen = { connections: 0, mails: 0 }
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onConnect: (_, done) => {
        seen.connections++
        done()
      },
      onMailFrom: (_, __, done) => {
        seen.mails++
        done()
      },
      onAuth: ({ username, password }, _, done) =>
        username === 'support@desk.example' && password === 'p@ss'
          ? done(null, { user: username })
          : done(reply(535, 'authentication failed')),
      ...options,
    })
    server.on('error', () => undefined)
    open.push(server)
    await listening(server)
    return { seen, port: (server.server.address() as AddressInfo).port }
  }

  it('passes where the server greets and takes the login, and sends nothing', async () => {
    const { seen, port } = await guarded()
    await mailServerCheck(`smtp://support@desk.example:p@ss@127.0.0.1:${port}`)()
    await mailServerCheck(`smtp://support%40desk.example:p%40ss@127.0.0.1:${port}`)()
    expect(seen).toEqual({ connections: 2, mails: 0 })
  })

  it.each([
    ['the login is wrong', {}, 'support%40desk.example:wrong@', /authentication failed/],
    [
      'the server turns everybody away',
      { onConnect: (_: unknown, done: (error: Error) => void) => done(reply(421, 'busy')) },
      '',
      /busy/,
    ],
  ])('fails where %s', async (_, options, login, message) => {
    const { port } = await guarded(options)
    await expect(mailServerCheck(`smtp://${login}127.0.0.1:${port}`)()).rejects.toThrow(message)
  })

  it('fails at a closed port, and at a server that says nothing', async () => {
    const silent = createServer((socket) => void socket.resume().on('error', () => undefined))
    await listening(silent)
    const { port } = silent.address() as AddressInfo
    await expect(mailServerCheck(`smtp://127.0.0.1:${port}`, 50)()).rejects.toThrow(/timeout|greeting/i)
    await new Promise<void>((resolve) => void silent.close(() => resolve()))
    await expect(mailServerCheck(`smtp://127.0.0.1:${port}`)()).rejects.toThrow(/ECONNREFUSED/)
  })
})
