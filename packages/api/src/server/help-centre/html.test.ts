import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Html, markup } from './html.ts'

it('escapes every value but HTML, lists of them too, and writes nothing for what is not there', () => {
  const { text } =
    markup`<p title="${'"'}">${['<', markup`<b>${"'&"}</b>`, [1]]}${undefined}${false}${new Html('<i>')}</p>`
  expect(text).toBe('<p title="&quot;">&lt;<b>&#39;&amp;</b>1<i></p>')
})

it('lets no text end an element or an attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      expect(markup`${value}`.text).not.toMatch(/[<>"']/)
    }),
  )
})
