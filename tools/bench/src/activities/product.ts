import { randomUUID } from 'node:crypto'
import { signedToken } from '../guichet-process.ts'

/** Who sends activities: a page with the token of its customer, a beacon of one, or a service for its customers. */
type Sender = 'page' | 'beacon' | 'service'

/** How a product reports activities. */
export type ReportingLoad = {
  /** The name of its figures, and of its customers, who have no part in other loads. */
  readonly name: string
  readonly sender: Sender
  /** How many there are in a request: of one customer, or of as many customers where a service sends them. */
  readonly batch: number
  /** One of so many is an error. It has no divisor in common with a batch, so that all customers meet errors. */
  readonly errorOneIn: number
}

/** An activity as a product reports it. */
type ReportedActivity = {
  readonly kind: string
  readonly at: string
  readonly detail: object
  readonly page?: string
  readonly customerId?: string
}

/** Sends activities with the token of a customer. */
export type Post = (token: string, reported: readonly ReportedActivity[]) => Promise<void>

/** A product whose customers report what they do. Its requests reject when an activity is not stored. */
type Product = {
  readonly post: Post
  /** Returns what sends the next request of a load: its customers, or its services, take turns. */
  reporterOf(load: ReportingLoad): Promise<() => Promise<void>>
  /** How many activities were acknowledged so far. */
  acknowledged(): number
  close(): Promise<void>
}

const customers = 1_000
/** As many as have the quota for the whole load: a service may report as much as fifty customers. */
const services = 10
/** Of how many codes the errors are. */
const codes = 500
/** More than requests are under way at once: none waits for another one. */
const connections = 256

/** Opens connections to a server that trusts the addresses which requests say they come from: one for each customer. */
export async function openProduct(url: string, secret: string): Promise<Product> {
  const { Pool } = await import('undici').catch((cause: unknown) => {
    throw new Error('the bench needs undici: run it in a clone, after npm ci', { cause })
  })
  const pool = new Pool(url, { connections, pipelining: 1 })
  let acknowledged = 0

  const send = async (
    sender: Sender,
    token: string,
    reported: readonly ReportedActivity[],
    address: string,
  ): Promise<void> => {
    const sentAt = new Date().toISOString()
    const activities = reported.map((each) => ({ ...each, id: randomUUID(), version: '1.0' }))
    const beacon = { 'content-type': 'text/plain;charset=UTF-8' }
    const request = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
    const response = await pool.request({
      path: '/activities',
      method: 'POST',
      headers: { ...(sender === 'beacon' ? beacon : request), 'x-forwarded-for': address },
      body: JSON.stringify({ ...(sender === 'beacon' && { token }), sentAt, activities }),
    })
    const text = await response.body.text()
    const { stored } = response.statusCode === 200 ? (JSON.parse(text) as { readonly stored: number }) : { stored: 0 }
    acknowledged += stored
    if (stored !== reported.length) throw new Error(`activities were answered ${response.statusCode}: ${text}`)
  }

  const reporterOf = async ({ name, sender, batch, errorOneIn }: ReportingLoad) => {
    const people = Array.from({ length: customers }, (_, number) => `${name}-${number}`)
    const isService = sender === 'service'
    const subjects = isService ? Array.from({ length: services }, (_, number) => `${name}-service-${number}`) : people
    const role = isService ? 'service' : 'customer'
    const tokens = await Promise.all(subjects.map((subject) => signedToken(secret, { role, subject })))
    const activityOf = (index: number): ReportedActivity => {
      const at = new Date().toISOString()
      const page = `https://shop.example/page/${index % 200}`
      const customer = { ...(isService && { customerId: people[index % people.length] ?? '' }) }
      return index % errorOneIn === 0
        ? { kind: 'error_occurred', at, page, detail: { code: `E_${(index / errorOneIn) % codes}` }, ...customer }
        : { kind: 'page_view', at, page, detail: {}, ...customer }
    }
    let requests = 0
    return (): Promise<void> => {
      const number = requests++
      const turn = number % tokens.length
      const reported = Array.from({ length: batch }, (_, index) => activityOf(number * batch + index))
      return send(sender, tokens[turn] ?? '', reported, `10.0.${turn >> 8}.${turn & 255}`)
    }
  }

  return {
    post: (token, reported) => send('page', token, reported, '10.1.0.1'),
    reporterOf,
    acknowledged: () => acknowledged,
    close: () => pool.close(),
  }
}
