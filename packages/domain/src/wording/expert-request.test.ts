import { expect, it } from 'vitest'
import { limits } from '../kernel/limits.ts'
import { line, text } from '../kernel/values.ts'
import { expertRequest } from './expert-request.ts'
import { customerLanguages } from './locale.ts'

it('keeps a search in every language of customers', () => {
  const messages = customerLanguages.map((language) => expertRequest('lost $& key', language, 'en')?.message)
  expect(new Set(messages).size).toBe(customerLanguages.length)
  for (const message of messages) expect(message).toContain('lost $& key')
  expect(expertRequest('clé', 'fr-CA', 'en')).toEqual({
    search: 'clé',
    subject: 'clé',
    message: 'J’ai cherché « clé » dans l’aide et n’ai trouvé aucune réponse.',
  })
})

it('makes a subject and a message that a ticket takes of any search', () => {
  for (const query of ['\u0000a\u202Eb\nc', '😀'.repeat(1_000), 'x y '.repeat(250)]) {
    const { subject = '', message = '' } = expertRequest(query, 'en', 'en') ?? {}
    expect(line(limits.subject).safeParse(subject).success).toBe(true)
    expect(text(limits.body).safeParse(message).success).toBe(true)
  }
  expect(expertRequest(' \n\u0000', 'en', 'en')).toBeUndefined()
})
