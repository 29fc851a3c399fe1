import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import { articleWriter } from '../testing/written-articles.ts'

let history: ProjectedHistory | undefined
afterAll(() => history?.drop())

const open = ['reset', 'password', 'invoice', 'printer', 'map', 'download', 'card', 'route']
const closed = ['resets', 'passwort', 'invoices', 'sprinter', 'maps', 'payload', 'cart', 'zanzibar', 'quokka']

/** Words as they are, cut, misspelled, and put together. */
const searches = fc.sample(
  fc
    .array(
      fc
        .tuple(fc.constantFrom(...open, ...closed), fc.nat({ max: 3 }), fc.nat({ max: 7 }))
        .map(
          ([word, change, at]) =>
            [word, word.slice(0, at + 2), word.slice(1), word.slice(0, at) + word.slice(at + 1)][change] ?? word,
        ),
      { minLength: 1, maxLength: 4 },
    )
    .map((words) => words.join(' ')),
  { numRuns: 300, seed: 7 },
)

it('shows the public the same whatever is internal: hits, order, scores, counts, corrections and suggestions', async () => {
  const desk = emptyDesk()
  const write = articleWriter(desk)
  await write.category({
    type: 'add',
    categoryId: 'vault',
    texts: [{ language: 'en', name: 'Vault' }],
    audience: 'internal',
  })
  for (const [index, word] of open.entries()) {
    const next = open[(index + 3) % open.length]
    await write.published(`open-${index}`, { title: `About ${word}`, body: `${word} and ${next}, then ${next} again.` })
  }
  const projected = await projectHistory([await historyOf(desk)])
  history = projected
  const asked = async (readers: 'public' | 'desk') => {
    const { articleSearch } = projected.models
    const answers = searches.map(async (text) => [
      text,
      await articleSearch.search({ text, language: 'en', filter: {} }, readers, 20),
      await articleSearch.suggest(text, 'en', readers, 10),
    ])
    return { answers: await Promise.all(answers), languages: await articleSearch.languages(readers) }
  }
  const before = await asked('public')
  const seen = (await historyOf(desk)).length
  for (const [index, word] of closed.entries()) {
    const text = {
      title: `${word} ${open[index % open.length]}`,
      body: `${word} ${closed.join(' ')} ${open.join(' ')}`,
    }
    const details = index % 2 === 0 ? { audience: 'internal' as const } : { categoryId: 'vault' }
    await write.published(`closed-${index}`, text, details)
    await write.send(`closed-${index}`, { type: 'addPhrase', language: 'en', phrase: `${word} phrase` })
  }
  await write.published('foreign', { language: 'fi', title: 'Salasana' }, { audience: 'internal' })
  await write.send('open-0', { type: 'revise', basedOn: 1, language: 'en', title: 'Zanzibar draft', body: 'quokka' })
  await projected.project([(await historyOf(desk)).slice(seen)])
  expect(await asked('public')).toEqual(before)
  expect(await asked('desk')).not.toEqual(before)
})

it('has the same rows whether it is written event by event or at once', async () => {
  const desk = emptyDesk()
  const write = articleWriter(desk)
  await write.category({ type: 'add', categoryId: 'a', texts: [{ language: 'en', name: 'A' }], audience: 'public' })
  await write.category({
    type: 'add',
    categoryId: 'b',
    parentId: 'a',
    texts: [{ language: 'en', name: 'B' }],
    audience: 'public',
  })
  await write.published('one', { title: 'Reset the password', body: 'A text.' }, { categoryId: 'b' })
  await write.published('two', { title: 'Réinitialiser', language: 'fr' }, { audience: 'internal' })
  await write.revised('one', 1, { title: 'Reset a password', body: 'Another text.', keywords: ['locked'] })
  await write.send('one', { type: 'addPhrase', language: 'en', phrase: 'signed out' })
  await write.category({ type: 'change', categoryId: 'a', audience: 'internal' })
  await write.send('two', { type: 'changeDetails', audience: 'public' })
  await write.published('three', { title: 'Gone' })
  await write.send('three', { type: 'delete', reason: 'Wrong.' })
  await write.published('four', { title: 'Archived' }, { categoryId: 'a' })
  await write.send('four', { type: 'archive', reason: 'Old.' })
  await write.category({ type: 'move', categoryId: 'b', parentId: null })
  const events = await historyOf(desk)
  const [single, whole] = [await projectHistory(events.map((event) => [event])), await projectHistory([events])]
  const rowsOf = async ({ rows }: ProjectedHistory) =>
    Object.entries(await rows()).filter(([table]) => /^article_(?:document|posting|word|search)/.test(table))
  const rows = await rowsOf(whole)
  expect(rows.map(([, each]) => each.length > 0)).toEqual([true, true, true, true])
  expect(await rowsOf(single)).toEqual(rows)
  await Promise.all([single.drop(), whole.drop()])
})
