import { command } from '../src/commands/command.ts'

export default command({
  name: 'privacy',
  description: 'What this bot keeps, what it does not, and how to delete it',
  private: true,
  options: {},
  async run({ own }) {
    const keepsQuestions = (await own?.settings())?.unanswered === true
    const here = own?.whose === 'server' ? 'this server' : 'your own library'
    return {
      title: 'What is kept',
      blocks: [
        {
          kind: 'list',
          items: [
            'Readings that members add: the original, its text, title and details, who added it (the id of the account) and when. Those of a server are shown to its members alone, your own to you alone.',
            [
              'The settings of a library (',
              { command: 'library settings' },
              '), under the id of the server or the account.',
            ],
            'For an hour or two: when an account or a server sent texts to be added, for the limits.',
            keepsQuestions
              ? `In ${here}, questions without an answer: the question, the day, how often; not who asked. They are deleted after 30 days.`
              : `No questions: in ${here} they are not kept. A library can turn on a list of those without an answer, without names, for 30 days.`,
          ],
        },
        { kind: 'heading', text: 'What is not kept' },
        {
          kind: 'list',
          items: [
            'Who asked what, the answers, and other messages. What is needed for a button to work stands in the button.',
            'The log of the operator holds mistakes, and questions only if the operator has turned that on.',
          ],
        },
        { kind: 'heading', text: 'Deleting and taking along' },
        {
          kind: 'list',
          items: [
            [
              { command: 'library remove' },
              ' deletes a reading at once, ',
              { command: 'library forget' },
              ' everything; ',
              { command: 'library export' },
              ' gives it as a file.',
            ],
            'When the bot is removed from a server, its library is deleted some time later: 30 days, unless the operator has set it otherwise.',
            'Copies that the operator has made (backups) are the operator’s to delete.',
          ],
        },
      ],
      private: true,
    }
  },
})
