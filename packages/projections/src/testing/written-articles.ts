import type { Desk } from '@guichet/domain'

const writer = { kind: 'agent', id: 'ana' } as const
const approver = { kind: 'agent', id: 'eve' } as const
const lead = { kind: 'agent', id: 'lead' } as const

/** The text of an article of a test. */
type WrittenText = {
  readonly language?: string
  readonly title: string
  readonly body?: string
  readonly excerpt?: string
  readonly keywords?: readonly string[]
}

type Details = {
  readonly audience?: 'public' | 'internal'
  readonly categoryId?: string
  readonly tags?: readonly string[]
  readonly difficulty?: 'basic' | 'intermediate' | 'advanced' | 'expert'
}

/** Sends commands of articles and categories to a desk; a refusal is an error. */
export function articleWriter(desk: Desk) {
  const send = async (id: string, command: object, by: object = writer): Promise<void> => {
    const result = await desk.execute('article', id, command as never, { by: by as never })
    if (!result.ok) throw new Error(`${id}: ${JSON.stringify(result)}`)
  }
  const publish = async (id: string, language: string, revision: number): Promise<void> => {
    await send(id, { type: 'approve', language, revision }, approver)
    await send(id, { type: 'publish', language, revision })
  }
  return {
    send,
    /** Writes an article in its first language, and publishes it for everybody unless said otherwise. */
    published: async (id: string, text: WrittenText, details: Details = {}): Promise<void> => {
      const { language = 'en', body = text.title } = text
      await send(id, { type: 'create', audience: 'public', ...details, ...text, language, body })
      await publish(id, language, 1)
    },
    /** Writes another revision, or a translation, and publishes it. */
    revised: async (id: string, basedOn: number, text: WrittenText): Promise<void> => {
      const { language = 'en', body = text.title } = text
      await send(id, { type: 'revise', basedOn, ...text, language, body })
      await publish(id, language, basedOn + 1)
    },
    category: async (command: object): Promise<void> => {
      const result = await desk.execute('articleTree', 'main', command as never, { by: lead })
      if (!result.ok) throw new Error(JSON.stringify(result))
    },
  }
}
