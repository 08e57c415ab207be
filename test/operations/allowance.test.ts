import { expect, test } from 'vitest'
import { openAllowance, TooMuch } from '../../src/operations/allowance.ts'
import { said, stage } from '../faults/stage.ts'
import { evening, general, group, ines, jonas, mara, readings } from '../rehearsal/stage.ts'

const limits = (member: number, channel = 1_000, server = 1_000) =>
  openAllowance({ member, channel, server })

const inGroup = (member: string, channel = readings) => ({ member, channel, server: group })
const inEvening = (member: string) => ({ member, channel: general, server: evening })

test('a member may ask so often within a minute, and is told when to go on', async () => {
  const allowance = limits(2)
  await allowance.ask(inGroup(mara))
  await allowance.ask(inGroup(mara))
  await expect(allowance.ask(inGroup(mara))).rejects.toThrow(TooMuch)
  await expect(allowance.ask(inGroup(mara))).rejects.toThrow(
    /^You have asked me 2 times within a minute, which is as much as I take\. Please go on in (one second|\d\d? seconds)\.$/,
  )
  await allowance.ask(inGroup(jonas))
})

test('a channel that is used up leaves the other channels of the server alone', async () => {
  const allowance = limits(100, 2)
  await allowance.ask(inGroup(mara))
  await allowance.ask(inGroup(jonas))
  await expect(allowance.ask(inGroup(ines))).rejects.toThrow(/^This channel has asked me 2 times/)
  await allowance.ask(inGroup(ines, 'another channel'))
})

test('a server that is used up leaves the other servers alone', async () => {
  const allowance = limits(100, 100, 3)
  for (const member of [mara, jonas, ines]) await allowance.ask(inGroup(member))
  await expect(allowance.ask(inGroup(mara))).rejects.toThrow(/^This server has asked me 3 times/)
  for (const member of [mara, jonas, ines]) await allowance.ask(inEvening(member))
})

test('a member who goes on and on uses up neither the channel nor the server for others', async () => {
  const allowance = limits(2, 4, 4)
  for (let time = 0; time < 50; time += 1) await allowance.ask(inGroup(mara)).catch(() => {})
  await allowance.ask(inGroup(jonas))
  await allowance.ask(inGroup(ines))
})

test('a crowd in one server does not exhaust another', async () => {
  const allowance = limits(1_000, 1_000, 5)
  for (let one = 0; one < 200; one += 1) {
    await allowance.ask({ ...inGroup(`member ${one}`), channel: `channel ${one}` }).catch(() => {})
  }
  for (let time = 0; time < 5; time += 1) await allowance.ask(inEvening(ines))
})

test('suggestions while typing are counted apart and far more generously', async () => {
  const allowance = limits(3)
  for (let letter = 0; letter < 60; letter += 1) await allowance.type(inGroup(mara))
  await expect(allowance.type(inGroup(mara))).rejects.toThrow(TooMuch)
  await allowance.ask(inGroup(mara))
})

test('on Discord it is a private reply, and buttons count too', async () => {
  const on = await stage({ bot: { allowance: limits(2) } })
  const first = await on.say('one').settled()
  const message = first.messages[0]?.message.id ?? ''
  const press = () =>
    on.discord.act({ kind: 'press', member: mara, message, customId: 'echo|again' }).settled()
  expect(said(await press())).toContain('again')
  for (const refused of [await press(), await on.say('three').settled()]) {
    expect(said(refused)).toMatch(/You have asked me 2 times within a minute/)
    expect(refused.messages.map(({ onlyFor }) => onlyFor)).toEqual([mara])
  }
  expect(said(await on.say('mine', { member: jonas }).settled())).toContain('mine')
  await expect
    .poll(() => on.endings.map(({ outcome }) => outcome))
    .toEqual(['answered', 'answered', 'limited', 'limited', 'answered'])
})

test('too many mentions are told so once, in public, and then ignored', async () => {
  const on = await stage({ bot: { allowance: limits(1) } })
  const mention = () =>
    on.discord.post({
      member: mara,
      channel: readings,
      content: `<@${on.discord.applicationId}> hello?`,
    })
  for (let time = 0; time < 4; time += 1) {
    mention()
    await expect.poll(() => on.endings.length).toBe(time + 1)
  }
  const replies = on.discord
    .messages(readings)
    .filter(({ message }) => message.author.bot && message.message_reference)
  expect(replies).toHaveLength(2)
  expect(JSON.stringify(replies[1]?.message.components)).toContain('You have asked me once')
})
