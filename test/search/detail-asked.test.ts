import { describe, expect, test } from 'vitest'
import { articleFrom } from '../../src/knowledge/passage.ts'
import { detailAsked } from '../../src/search/detail-asked.ts'

const rivers = articleFrom({
  id: 'rivers',
  title: 'Rivers of the North: a survey',
  sections: [{ paragraphs: ['The Danube rises in the Black Forest.'] }],
})

describe('a question on the reading itself asks for its details', () => {
  test.each([
    ['who wrote this?', 'author'],
    ["Who's the author?", 'author'],
    ['who is this text by', 'author'],
    ['Can you tell me who wrote this article, please?', 'author'],
    ['when was this written', 'date'],
    ['When was the article published?', 'date'],
    ['In what year was this published?', 'date'],
    ['What is this article called?', 'title'],
    ["what's the title of this", 'title'],
    ['Where was this published?', 'publisher'],
    ['who published this essay about rivers', 'publisher'],
    ['where can I read this online?', 'address'],
  ])('%s: %s', (question, detail) => {
    expect(detailAsked(question, [rivers])).toEqual({ detail })
  })

  test.each(['Who wrote Rivers of the North?', 'who wrote "Rivers of the North: A Survey"'])(
    'also by its title: %s',
    (question) => {
      expect(detailAsked(question, [rivers])).toEqual({ detail: 'author', article: 'rivers' })
    },
  )

  test.each([
    'Who wrote the treaty?',
    'When was the harbour built?',
    'When was Biegun appointed?',
    'what is the name of the seized ship',
    'what does the author think of this?',
    'who wrote Lakes of the South?',
    'Where is the Danube from?',
    'where was the treaty published',
  ])('not a question on what it says: %s', (question) => {
    expect(detailAsked(question, [rivers])).toBeUndefined()
  })
})
