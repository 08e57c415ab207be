import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deepLink } from '../../src/citation/deep-link.ts'
import { type Article, passagesOf } from '../../src/knowledge/article.ts'
import { articleFrom } from '../../src/knowledge/passage.ts'
import { chromiumMissing } from '../../src/rehearsal/chromium.ts'
import { type ReadingRoom, readingRoom } from './browser.ts'

const url = 'https://example.org/essay'

function linkTo(paragraphs: string[], words: string, nth = 0, address = url): string | undefined {
  const article = articleFrom({
    id: 'essay',
    title: 'An essay',
    url: address,
    sections: [{ paragraphs }],
  })
  const places = passagesOf(article).flatMap((passage) => {
    const start = passage.text.indexOf(words)
    return start < 0 ? [] : [{ passage, start, end: start + words.length }]
  })
  const place = places[nth]
  if (!place) throw new Error(`"${words}" does not stand there`)
  return deepLink(article, place)
}

describe('the address of an excerpt', () => {
  test('names a short excerpt in full', () => {
    expect(linkTo(['One came. Two went. Three stayed.'], 'Two went.')).toBe(
      `${url}#:~:text=Two%20went.`,
    )
  })

  test('encodes the characters that have a meaning in a text directive or in Markdown', () => {
    expect(
      linkTo(
        ['A well-known, odd & (very) "bold" talk.'],
        'A well-known, odd & (very) "bold" talk.',
      ),
    ).toBe(`${url}#:~:text=A%20well%2Dknown%2C%20odd%20%26%20%28very%29%20%22bold%22%20talk.`)
  })

  test('names a long excerpt by its first and last words', () => {
    const long = `It began in the spring ${'and went on and on '.repeat(20)}until it ended in the autumn.`
    expect(linkTo([`Before. ${long} After.`], long)).toBe(
      `${url}#:~:text=It%20began%20in%20the,in%20the%20autumn.`,
    )
  })

  test('adds what stands before or after where the words stand more than once', () => {
    const paragraphs = [
      'Kim left. He said no. Trump left.',
      'Moon stayed. He said no. Then he slept.',
    ]
    expect(linkTo(paragraphs, 'He said no.', 0)).toBe(`${url}#:~:text=He%20said%20no.,-Trump`)
    expect(linkTo(paragraphs, 'He said no.', 1)).toBe(`${url}#:~:text=He%20said%20no.,-Then`)
  })

  test('takes the context from the neighbouring paragraph where a whole paragraph repeats', () => {
    const refrain = 'And the river ran on.'
    const paragraphs = ['Winter came.', refrain, 'Spring came.', refrain]
    expect(linkTo(paragraphs, refrain, 0)).toBe(
      `${url}#:~:text=And%20the%20river%20ran%20on.,-Spring`,
    )
    expect(linkTo(paragraphs, refrain, 1)).toBe(
      `${url}#:~:text=Spring%20came.-,And%20the%20river%20ran%20on.`,
    )
  })

  test('keeps an anchor that the address has, and replaces a fragment that it has', () => {
    expect(linkTo(['One. Two.'], 'Two.', 0, `${url}#part-2`)).toBe(`${url}#part-2:~:text=Two.`)
    expect(linkTo(['One. Two.'], 'Two.', 0, `${url}#:~:text=One`)).toBe(`${url}#:~:text=Two.`)
  })

  test('is the article alone where no fragment fits, and nothing where it has no address', () => {
    const address = `https://example.org/${'x'.repeat(480)}`
    expect(linkTo(['One came home. Two went out.'], 'Two went out.', 0, address)).toBe(address)
    expect(
      linkTo(['One. Two.'], 'Two.', 0, `https://example.org/${'x'.repeat(500)}`),
    ).toBeUndefined()
    const article = articleFrom({ id: 'a', title: 'A', sections: [{ paragraphs: ['One.'] }] })
    const [passage] = passagesOf(article)
    expect(passage && deepLink(article, { passage, start: 0, end: 4 })).toBeUndefined()
  })

  test('never passes 512 characters', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 400 }), { minLength: 1 }),
        fc.integer({ min: 0, max: 480 }),
        (paragraphs, length) => {
          const article = articleFrom({
            id: 'a',
            title: 'A',
            url: `https://example.org/${'x'.repeat(length)}`,
            sections: [{ paragraphs }],
          })
          for (const passage of passagesOf(article)) {
            const link = deepLink(article, { passage, start: 0, end: passage.text.length })
            expect(link?.length).toBeLessThanOrEqual(512)
            expect(() => new URL(link ?? '')).not.toThrow()
          }
        },
      ),
      { numRuns: 100 },
    )
  })
})

/** Sentences to make articles of, some of them alike, by the language that they are in. */
const sentences: Record<string, readonly string[]> = {
  en: [
    'The talks broke down.',
    'The talks broke down in Hanoi, without a joint statement.',
    'He said, “We had to walk away — it wasn’t a good deal.”',
    '"Nobody expected it," she added, \'not even the well-informed\'.',
    'By 2019, 37.5% of the sanctions (UNSCR 2270, 2321 & 2371) were in force; most had been since 2016–17.',
    'No.',
    'What did they want? Relief, security, and time.',
    'The offer, which the negotiators had prepared for months in Stockholm and in Pyongyang and which neither side had put on paper before the leaders met, covered the Yongbyon complex, some of the uranium plants outside it, and a promise to stop all tests for good, but it did not cover the missiles, the weapons that were finished already, or the sites that the other side had named on the first evening.',
    'Don’t ask – don’t tell: a/b, x-y, C#, 50% & more!',
    'Café owners, naïve or not, resumed their œuvre; a fiancé co-operated.',
  ],
  ko: [
    '하노이 회담은 합의 없이 끝났다.',
    '하노이 회담은 합의 없이 끝났다고 그가 말했다.',
    '“우리는 떠나야 했다”고 그는 말했다.',
    '북한은 2019년 5월 4일에 단거리 미사일을 발사했다.',
    '양측은 영변 핵시설의 폐기와 제재 완화의 범위를 두고 오랫동안 협상했으나 끝내 의견을 좁히지 못했고, 그 뒤로 실무 협상은 몇 달 동안 다시 열리지 않았으며 두 정상 사이의 친서만이 오갔다고 전해진다.',
    '아니다.',
  ],
  zh: [
    '河内会谈没有达成协议。',
    '河内会谈没有达成协议，双方提前离开。',
    '他说：“我们不得不离开。”',
    '2019年5月4日，朝鲜发射了短程导弹。',
    '双方就宁边核设施的废弃和解除制裁的范围进行了长时间的谈判，但最终未能缩小分歧，此后工作级谈判几个月没有恢复，只有两国领导人之间的信件往来，外界对此有许多猜测，也有人认为谈判很快就会重新开始。',
    '不。',
  ],
  ar: [
    'انتهت القمة بلا اتفاق.',
    'انتهت القمة بلا اتفاق، وغادر الوفدان قبل الموعد.',
    'قال: «كان علينا أن نغادر».',
    'في عام 2019 أطلقت كوريا الشمالية صواريخ قصيرة المدى.',
    'تفاوض الجانبان طويلا على نطاق رفع العقوبات وعلى إغلاق منشأة يونغبيون، ولم يتفقا في النهاية على شيء، ثم توقفت محادثات الخبراء عدة أشهر.',
    'لا.',
  ],
  ru: [
    'Переговоры сорвались.',
    'Переговоры сорвались в Ханое — без заявления.',
    '«Нам пришлось уйти», — сказал он.',
    'Ёлка и елка, йод и иод: это не всегда одно и то же.',
    'Стороны долго спорили о том, какие санкции снять и какие объекты закрыть, но так и не сблизили позиции, после чего рабочие встречи прекратились на несколько месяцев, а вожди обменивались только письмами.',
    'Нет.',
  ],
  th: [
    'การประชุมสุดยอดจบลงโดยไม่มีข้อตกลง',
    'การประชุมสุดยอดจบลงโดยไม่มีข้อตกลงใดเลย',
    'เขากล่าวว่า “เราต้องออกไป”',
    'ในปี 2019 เกาหลีเหนือยิงขีปนาวุธพิสัยใกล้',
  ],
  he: ['השיחות נכשלו.', 'השיחות נכשלו בהאנוי — ללא הצהרה משותפת.', 'הוא אמר: ״לא״.', 'לא.'],
  hi: ['वार्ता विफल रही।', 'वार्ता विफल रही, और दोनों नेता जल्दी लौट गए।', 'उन्होंने कहा, “नहीं।”'],
  ja: [
    '会談は合意なく終わった。',
    '会談は合意なく終わったと彼は述べた。',
    '「立ち去るしかなかった」と大統領は語った。',
    'ハノイでの会談は、ミサイルやロケットの話題に触れずに終わった。',
  ],
}

/** Articles of random sentences, the same in every run; many sentences stand in them twice or more. */
function articles(address: string): readonly Article[] {
  return Object.entries(sentences).flatMap(([language, pool]) => {
    const glue = ['zh', 'ja'].includes(language) ? '' : ' '
    const paragraph = fc
      .array(fc.constantFrom(...pool), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join(glue))
    const section = fc.record({
      heading: fc.constantFrom(...pool),
      paragraphs: fc.array(paragraph, { minLength: 2, maxLength: 3 }),
    })
    const sections = fc.array(section, { minLength: 2, maxLength: 3 })
    return fc.sample(sections, { seed: 20190228, numRuns: 4 }).map((made, index) =>
      articleFrom({
        id: `${language}-${index}`,
        title: pool[0] ?? '',
        language,
        url: `${address}/${language}-${index}`,
        sections: made,
      }),
    )
  })
}

describe.skipIf(chromiumMissing)('in a browser', () => {
  let room: ReadingRoom
  beforeAll(async () => {
    room = await readingRoom()
  })
  afterAll(() => room?.close())

  test('the link highlights the excerpt and nothing else', { timeout: 300_000 }, async () => {
    let opened = 0
    let without = 0
    const all = articles(room.address)
    for (const article of all) room.publish(article)
    // One link of each article, then the next: each opens another page than the one before.
    for (let turn = 0; turn < 7; turn += 1) {
      for (const article of all) {
        const places = passagesOf(article).flatMap((passage) =>
          passage.sentences.flatMap((first, index) =>
            passage.sentences
              .slice(index, index + 3)
              .map((last) => ({ passage, start: first.start, end: last.end })),
          ),
        )
        const place = places[turn * Math.max(1, Math.floor(places.length / 7))]
        if (!place) continue
        const link = deepLink(article, place)
        expect(link?.length).toBeLessThanOrEqual(512)
        if (!link?.includes(':~:')) {
          without += 1
          continue
        }
        const { text, id } = place.passage
        const start = place.start + text.slice(place.start).search(/\S/)
        const end = start + text.slice(start, place.end).trimEnd().length
        expect({ link, found: await room.open(link) }).toEqual({
          link,
          found: [{ block: id, start, end }],
        })
        opened += 1
      }
    }
    expect(opened).toBeGreaterThanOrEqual(200)
    expect(without).toBeLessThan(opened / 5)
  })

  test('the link highlights words that start and end inside others', async () => {
    const article = articleFrom({
      id: 'inside',
      title: 'Inside',
      url: `${room.address}/inside`,
      sections: [{ paragraphs: ['Overstatements understate what statements state.'] }],
    })
    room.publish(article)
    const [passage] = passagesOf(article)
    if (!passage) throw new Error('no paragraph')
    const link = deepLink(article, { passage, start: 4, end: 9 })
    expect(await room.open(link ?? '')).toEqual([{ block: 'inside:1', start: 4, end: 9 }])
  })
})

test.runIf(chromiumMissing)(`links are not tried in a browser: ${chromiumMissing}`, () => {})
