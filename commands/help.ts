import { actionId } from '../src/commands/action-id.ts'
import { command } from '../src/commands/command.ts'
import type { Block } from '../src/reply/reply.ts'

const suggestions = 3

export default command({
  name: 'help',
  description: 'What can be asked here, and how',
  private: true,
  options: {},
  run({ commands, topics }) {
    const topicNames = new Set(topics.map(({ name }) => name))
    const coded = commands.filter(({ kind, name }) => kind === 'chat' && !topicNames.has(name))
    const onMessages = commands.filter(({ kind }) => kind === 'message')
    const divided = commands.flatMap((one) =>
      one.kind === 'group'
        ? [{ name: `${one.name} ${one.subcommands[0]?.name}`, description: one.description }]
        : [],
    )
    const listed = (named: readonly { name: string; description?: string }[]): Block => ({
      kind: 'list',
      items: named.map(({ name, description }) => [{ command: name }, ` ${description ?? ''}`]),
    })
    return {
      title: 'What can be asked here',
      blocks: [
        {
          kind: 'text',
          text: [
            'I answer with sentences of the readings, each with its place. Where they say nothing, I say so. Ask anything with ',
            { command: 'ask' },
            '.',
          ],
        },
        ...(topics.length > 0
          ? [{ kind: 'heading' as const, text: 'Topics' }, listed(topics)]
          : []),
        { kind: 'heading', text: 'Commands' },
        listed([...coded.map((one) => ({ ...one })), ...divided]),
        ...(onMessages.length > 0
          ? [
              { kind: 'heading' as const, text: 'On a message (Apps)' },
              { kind: 'list' as const, items: onMessages.map(({ name }) => name) },
            ]
          : []),
      ],
      buttons: topics
        .slice(0, suggestions)
        .map(({ name, question }) => ({ label: question, id: actionId(name, 'open') })),
      private: true,
    }
  },
})
