import { idLength } from './values.ts'

/** The limits of ids, texts and tags, whatever they belong to on a desk; the edge refuses what exceeds them. */
export const limits = {
  id: idLength,
  subject: 300,
  body: 65_536,
  name: 200,
  email: 320,
  tag: 64,
  tags: 50,
  reason: 2_000,
} as const
