// Base form first, then the forms that no stemmer reduces to it. Forms that are as often another
// word (found, saw, left, felt, ground, wound, lay, bore) are listed where the verb is the commoner.
const FORMS = `
arise arose arisen|awake awoke awoken|bear borne|beat beaten|become became|begin began begun
bend bent|bind bound|bite bit bitten|bleed bled|blow blew blown|break broke broken|breed bred
bring brought|build built|burn burnt|buy bought|catch caught|choose chose chosen|cling clung
come came|creep crept|deal dealt|dig dug|draw drew drawn|dream dreamt|drink drank drunk
drive drove driven|eat ate eaten|fall fell fallen|feed fed|feel felt|fight fought|find found
flee fled|fly flew flown|forbid forbade forbidden|forget forgot forgotten|forgive forgave forgiven
freeze froze frozen|get got gotten|give gave given|go went gone|grow grew grown|hang hung
hear heard|hide hid hidden|hold held|keep kept|kneel knelt|know knew known|lay laid|lead led
leap leapt|learn learnt|leave left|lend lent|lose lost|make made|mean meant|meet met
mistake mistook mistaken|oversee oversaw overseen|overthrow overthrew overthrown|pay paid
prove proven|ride rode ridden|ring rang rung|rise rose risen|run ran|say said|see saw seen
seek sought|sell sold|send sent|shake shook shaken|shine shone|shoot shot|show shown
shrink shrank shrunk|sing sang sung|sink sank sunk|sit sat|sleep slept|slide slid|speak spoke spoken
spend spent|spin spun|spring sprang sprung|stand stood|steal stole stolen|stick stuck|sting stung
strike struck stricken|strive strove striven|swear swore sworn|sweep swept|swim swam swum
swing swung|take took taken|teach taught|tear tore torn|tell told|think thought|throw threw thrown
understand understood|undertake undertook undertaken|uphold upheld|wake woke woken|wear wore worn
weave wove woven|weep wept|win won|withdraw withdrew withdrawn|withhold withheld
withstand withstood|write wrote written|spell spelt|spill spilt|undergo underwent undergone
overcome overcame|foresee foresaw foreseen|rebuild rebuilt|retell retold|outgrow outgrew outgrown
man men|woman women|child children|foot feet|tooth teeth|mouse mice|goose geese|person people
life lives|wife wives|knife knives|half halves|leaf leaves|loaf loaves|shelf shelves|thief thieves
wolf wolves|calf calves|self selves|analysis analyses|crisis crises|basis bases|thesis theses
hypothesis hypotheses|axis axes|phenomenon phenomena|criterion criteria|medium media|datum data
bacterium bacteria|nucleus nuclei|fungus fungi|stimulus stimuli|radius radii|index indices
appendix appendices|matrix matrices|vertex vertices|formula formulae|ox oxen|old older oldest elder eldest|good better best|bad worse worst|far further furthest farther farthest
big bigger biggest|large larger largest|high higher highest|great greater greatest|long longer longest
small smaller smallest|early earlier earliest|late later latest|near nearer nearest|strong stronger strongest
low lower lowest|short shorter shortest|young younger youngest|deep deeper deepest|wide wider widest
new newer newest|fast faster fastest|close closer closest|tall taller tallest|rich richer richest
poor poorer poorest|heavy heavier heaviest|busy busier busiest|easy easier easiest|light lighter lightest
`

const BASE = new Map<string, string>()
for (const group of FORMS.trim().split(/[|\n]/)) {
  const [base, ...others] = group.trim().split(/\s+/)
  for (const other of others) if (base && !BASE.has(other)) BASE.set(other, base)
}

/** The base form of an irregular word (won → win, feet → foot); any other word as it is. */
export function baseForm(word: string): string {
  return BASE.get(word) ?? word
}
