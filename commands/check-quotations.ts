import { verdictBlocks } from '../src/citation/verdict-blocks.ts'
import { verifyQuotations } from '../src/citation/verify.ts'
import { messageCommand } from '../src/commands/command.ts'

export default messageCommand({
  name: 'Check quotations',
  private: true,
  run({ library, message }) {
    const verdicts = verifyQuotations(library, message)
    if (verdicts.length === 0) {
      return {
        title: 'Quotations checked',
        blocks: [
          {
            kind: 'text',
            text: [
              'This message has no words in quotation marks. Paste them into ',
              { command: 'verify-quote' },
              ' to check them.',
            ],
          },
        ],
        private: true,
      }
    }
    return {
      title:
        verdicts.length === 1 ? 'One quotation checked' : `${verdicts.length} quotations checked`,
      blocks: verdictBlocks(library, verdicts, true),
      private: true,
    }
  },
})
