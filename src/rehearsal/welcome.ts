import type { Topic } from '../commands/command.ts'
import { passagesOf } from '../knowledge/article.ts'
import type { Library } from '../search/library.ts'
import type { Welcome } from './wire.ts'

const questionsAtMost = 3

/** Questions of the topics, spread over all of them; without topics, the readings' own hints. */
export function welcomeOf(
  library: Library,
  topics: readonly Topic[],
  mistakes: readonly string[],
): Welcome {
  const articles = [...library.articles.values()]
  const questions =
    topics.length > 0
      ? topics.map((topic) => topic.question)
      : articles.flatMap((article) => passagesOf(article).flatMap(({ hints }) => hints.slice(0, 1)))
  const step = Math.max(1, questions.length / questionsAtMost)
  return {
    readings: articles.map((article) => article.title),
    questions: Array.from(
      { length: Math.min(questionsAtMost, questions.length) },
      (_, index) => questions[Math.floor(index * step)] ?? '',
    ),
    mistakes,
  }
}
