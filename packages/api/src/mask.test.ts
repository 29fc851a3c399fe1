import { GraphQLError } from 'graphql'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { AppendOutcomeUnknown, AppendRejected, StoreUnavailable, StreamDeleted } from '@guichet/eventstore'
import { edgeError, maskError } from './errors.ts'

function masked(error: unknown) {
  const causes: unknown[] = []
  const result = maskError(error, 'request-1', (cause) => causes.push(cause))
  return { code: result.extensions['code'], message: result.message, json: JSON.stringify(result), causes }
}

/** An error as it comes out of a resolver. */
const thrown = (cause: Error): GraphQLError =>
  new GraphQLError(cause.message, { path: ['tickets'], originalError: cause })

/** The driver's error when the database has cancelled a statement. */
const cancelled = (message: string) => Object.assign(new pg.DatabaseError(message, 0, 'error'), { code: '57014' })
/** The driver's error when a column does not exist. */
const without = (column: string) => Object.assign(new pg.DatabaseError(column, 0, 'error'), { code: '42703' })

describe('the error that a client sees', () => {
  it.each([
    ['a bug', new TypeError('password is undefined'), 'internal_error'],
    ['a database that is not there', new StoreUnavailable('connect to 10.0.0.7'), 'unavailable'],
    ['a connection that is refused', Object.assign(new Error('10.0.0.7'), { code: 'ECONNREFUSED' }), 'unavailable'],
    ['a server that shuts down', Object.assign(new Error('10.0.0.7'), { code: '57P01' }), 'unavailable'],
    ['a server that is full', Object.assign(new Error('10.0.0.7'), { code: '53300' }), 'unavailable'],
    ['a connection that breaks', new Error('Connection terminated unexpectedly'), 'unavailable'],
    ['a statement that takes too long', cancelled('10.0.0.7'), 'read_timeout'],
    ['a read model of an older version', without('s.ended_at'), 'read_model_outdated'],
    ['an unknown outcome', new AppendOutcomeUnknown(new Error('socket')), 'outcome_unknown'],
  ])('for %s contains its code and nothing of its cause', (_, cause, code) => {
    const { causes, ...told } = masked(thrown(cause))
    expect(told.code).toBe(code)
    expect(told.json).not.toContain(cause.message)
    expect(told.json).not.toContain('stack')
    expect(causes).toEqual([cause])
  })

  it('for input that the database cannot store says that it is malformed', () => {
    expect(masked(thrown(new AppendRejected('x'))).code).toBe('malformed_input')
    expect(masked(thrown(new StreamDeleted('ticket-x'))).code).toBe('history_deleted')
  })

  it('for an error of the edge is complete, with the request id', () => {
    const { code, message, json, causes } = masked(thrown(edgeError('forbidden', 'not for you')).originalError)
    expect({ code, message, causes }).toEqual({ code: 'forbidden', message: 'not for you', causes: [] })
    expect(json).toContain('request-1')
  })

  it('for an invalid variable is the message of the library, shortened', () => {
    const { code, message } = masked(new GraphQLError(`Variable "$n" got invalid value ${'x'.repeat(10_000)}`))
    expect(code).toBe('malformed_input')
    expect(message).toHaveLength(500)
  })
})
