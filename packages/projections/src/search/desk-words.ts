import { sql } from 'kysely'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import type { LookedUp, LookUp } from './looked-up.ts'
import { mostContaining, shareOf } from './looked-up.ts'
import { remainsOf } from './tables.ts'
import { formsOfWord } from './word-forms.ts'
import { isLearned, isSpelled } from './words.ts'

/** How many words are compared to find the best of those that hold a searched one as a part. */
const mostCompared = { each: 2_000, together: 6_000 }

/** Looks words up in all that anybody has written, notes included: for the desk's eyes alone. */
export function deskWords(reader: Reader): LookUp {
  return async (words) => {
    if (words.length === 0) return new Map()
    const read = sql.id(readSchema)
    const rows = await reader.rows(sql<LookedUp>`
      select w.word, f.forms, f.empty, k.known,
        case when k.known or not w.spelled then '{}' else array(
          select t.word from ${read}.ticket_word t
          where t.remains && ${remainsOf('w.word')} and abs(length(t.word) - length(w.word)) <= 2 and t.word <> w.word
          order by t.heading desc, t.word limit 1000
        ) end as alike,
        case when w.pattern is null or f.empty then '{}' else array(
          select t.word from (
            select c.word, c.heading from ${read}.ticket_word c where c.word like w.pattern limit ${shareOf(mostCompared, words.length)}
          ) t
          where t.word <> w.word
          order by t.heading desc, starts_with(t.word, w.word) desc, length(t.word), t.word
          limit ${shareOf(mostContaining, words.length)}
        ) end as containing
      from unnest(${[...words]}::text[], ${words.map(isSpelled)}::boolean[], ${words.map(patternOf)}::text[])
        as w (word, spelled, pattern)
      cross join lateral (${formsOfWord}) f
      cross join lateral (
        select coalesce((select k.heading from ${read}.ticket_word k where k.word = w.word), false) as known
      ) k`)
    return new Map(rows.map((row) => [row.word, row]))
  }
}

/** What a word is like that holds another as a part; null for what is too short. Letters and digits are no wildcards. */
const patternOf = (word: string): string | null => (isLearned(word) ? `%${word}%` : null)
