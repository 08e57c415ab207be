import { ask } from '../src/commands/answering.ts'
import { messageCommand } from '../src/commands/command.ts'
import { sentencesOf } from '../src/knowledge/sentences.ts'
import { MemberError } from '../src/problem.ts'

/** A message is asked about in at most so many characters: as many as a question may have. */
const questionLength = 300
/** So many sentences of a message are tried by themselves. */
const sentencesTried = 10

export default messageCommand({
  name: 'Find sources',
  private: true,
  run({ library, message }) {
    const text = message
      .replace(/https?:\/\/\S+|<[@#:][^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim()
    if (!/\p{L}/u.test(text)) {
      throw new MemberError('This message has no words to look for.')
    }
    const sentences = sentencesOf(text, 'en')
      .map(({ start, end }) => text.slice(start, end).trim())
      .filter((sentence) => sentence.length >= 12)
      .slice(0, sentencesTried)
    const questions = [text, ...sentences].map(cut)
    const answered = questions.find((question) => library.ask(question).kind === 'answer')
    return ask(library, answered ?? cut(text), { private: true })
  },
})

/** The beginning of a text, at whole words, as long as a question may be. */
function cut(text: string): string {
  if (text.length <= questionLength) return text
  const end = text.lastIndexOf(' ', questionLength)
  return text.slice(0, end > 0 ? end : questionLength)
}
