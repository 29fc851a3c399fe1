import { describe, expect, it } from 'vitest'
import { isAnswer, subjectOf } from './mail-subject.ts'

describe('the subject of a mail', () => {
  it.each([
    ['Re: Invoice', 'invoice', true],
    ['AW: WG: Rechnung', 'rechnung', true],
    ['RE[2]: Invoice', 'invoice', true],
    ['[EXTERNAL] Re: Invoice', 'invoice', true],
    ['Réf : Facture', 'facture', true],
    ['回复：发票', '发票', true],
    ['رد: فاتورة', 'فاتورة', true],
    ['إعادة توجيه: فاتورة', 'فاتورة', true],
    ['\u200Fרד: חשבונית', 'רד: חשבונית', false],
    ['\u200Fהשב: חשבונית', 'חשבונית', true],
    ['\u202Bתגובה:\u202C חשבונית', 'חשבונית', true],
    ['הועבר: חשבונית', 'חשבונית', true],
    ['Read this: Invoice', 'read this: invoice', false],
  ])('is compared without the marks of mail programs: %s', (subject, key, isReply) => {
    expect(subjectOf(subject)).toEqual({ key, isReply })
  })

  it.each([
    ['Re: Invoice', true],
    ['\u200Fהשב: חשבונית', true],
    ['\u202Bرد: فاتورة\u202C', true],
    ['Fwd: Invoice', false],
    ['إعادة توجيه: فاتورة', false],
    ['Invoice', false],
  ])('is that of an answer or not: %s', (subject, expected) => {
    expect(isAnswer(subject)).toBe(expected)
  })
})
